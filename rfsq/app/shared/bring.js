// The ways to the page's uploader beside its button: a photo that is pasted or dropped anywhere on the page, and the one that
// this tab had before a reload. All go through the uploader, so that there is one way in.

import { forgetPhoto, keepPhoto, keptPhoto } from "./kept_photo.js";

/**
 * @typedef {object} Data
 * @property {string} session names it
 * @property {boolean} wanted the page is to show a photo of the person's own, and has none
 * @property {number} taken photos that could be read in this session
 */

const UPLOADER = ".st-key-bring";
const LOOK_MS = 200;
const TRIES = 50; // for the uploader, which is drawn beside this part

/** @type {File | null} */
let given = null; // to the uploader, and perhaps no photo
let taken = 0;
let asked = ""; // the session that was given the tab's photo: once, so that one that cannot be read is not given again

/** @param {File} file */
function give(file) {
  const target = uploader();
  if (!target) return;
  const carrier = new DataTransfer();
  carrier.items.add(file);
  target.files = carrier.files;
  target.dispatchEvent(new Event("change", { bubbles: true }));
}

function uploader() {
  const found = document.querySelector(`${UPLOADER} input[type=file]`);
  return found instanceof HTMLInputElement ? found : null;
}

/**
 * @param {FileList | undefined} files
 * @param {ClipboardEvent | DragEvent} event
 */
function take(files, event) {
  const picture = [...(files ?? [])].find((file) => file.type.startsWith("image/") || event.type === "drop");
  if (!picture || !uploader()) return;
  event.preventDefault();
  give(picture);
}

/**
 * @param {Event} event
 * @param {string} selector
 */
function isAt({ target }, selector) {
  return target instanceof Element && target.closest(selector) !== null;
}

const FIELDS = "input:not([type=range]):not([type=file]), textarea, [contenteditable=true]";

/** @param {ClipboardEvent} event */
function onPaste(event) {
  if (!isAt(event, FIELDS)) take(event.clipboardData?.files, event);
}

/** @param {DragEvent} event */
function onDrop(event) {
  if (!isAt(event, UPLOADER)) take(event.dataTransfer?.files, event);
  else given = event.dataTransfer?.files[0] ?? null; // the uploader takes drops by itself
}

/** @param {DragEvent} event */
function onDragOver(event) {
  if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
}

/** @param {Event} event */
function onChange(event) {
  if (event.target === uploader()) given = uploader()?.files?.[0] ?? null;
}

/**
 * Keep the file of a photo that could be read. One that came another way, from the camera, leaves none: the one before is not
 * what the page shows.
 * @param {number} count
 */
function follow(count) {
  if (count > taken) {
    const done = given ? keepPhoto(given) : forgetPhoto();
    done.catch(console.warn); // a browser that keeps nothing still shows it
    given = null;
  }
  taken = count;
}

/** @param {string} session that has no photo of the person's own, and is to show it */
async function restore(session) {
  if (asked === session) return;
  asked = session;
  const file = await keptPhoto().catch(() => null);
  for (let tries = 0; file && !uploader() && tries < TRIES; tries += 1) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  if (file) give(file);
}

/** @param {{ data: Data }} component */
export default function ({ data }) {
  document.addEventListener("paste", onPaste);
  document.addEventListener("drop", onDrop);
  document.addEventListener("dragover", onDragOver);
  document.addEventListener("change", onChange, { capture: true });
  follow(data.taken);
  if (data.wanted) restore(data.session);
  return () => {
    document.removeEventListener("paste", onPaste);
    document.removeEventListener("drop", onDrop);
    document.removeEventListener("dragover", onDragOver);
    document.removeEventListener("change", onChange, { capture: true });
  };
}
