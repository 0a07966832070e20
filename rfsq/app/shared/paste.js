// A photo pasted or dropped anywhere on the page goes to the page's uploader, so that there is one way in.

const UPLOADER = ".st-key-bring";

/**
 * @param {FileList | undefined} files
 * @param {ClipboardEvent | DragEvent} event
 */
function give(files, event) {
  const target = document.querySelector(`${UPLOADER} input[type=file]`);
  const picture = [...(files ?? [])].find((file) => file.type.startsWith("image/") || event.type === "drop");
  if (!(target instanceof HTMLInputElement) || !picture) return;
  event.preventDefault();
  const carrier = new DataTransfer();
  carrier.items.add(picture);
  target.files = carrier.files;
  target.dispatchEvent(new Event("change", { bubbles: true }));
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
  if (!isAt(event, FIELDS)) give(event.clipboardData?.files, event);
}

/** @param {DragEvent} event */
function onDrop(event) {
  if (!isAt(event, UPLOADER)) give(event.dataTransfer?.files, event); // the uploader takes drops by itself
}

/** @param {DragEvent} event */
function onDragOver(event) {
  if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
}

export default function () {
  document.addEventListener("paste", onPaste);
  document.addEventListener("drop", onDrop);
  document.addEventListener("dragover", onDragOver);
  return () => {
    document.removeEventListener("paste", onPaste);
    document.removeEventListener("drop", onDrop);
    document.removeEventListener("dragover", onDragOver);
  };
}
