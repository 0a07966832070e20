// The keys of the viewer: what each does, and the list of them.

import { button, el } from "../shared/browser/elements.js";

const MEANINGS = [
  ["← →", "one stage less or more"],
  ["1 – 4", "one method, in the same place"],
  ["0", "all pictures"],
  ["O (hold)", "the original, while held"],
  ["D", "divider between two pictures"],
  ["X", "one of the two, then the other, in the same place"],
  ["E", "error map"],
  ["P", "sharp pixels or smooth"],
  ["+ −", "zoom; also Ctrl + wheel or two fingers"],
  ["Esc", "zoom, position and divider back to the start"],
  ["F", "full screen"],
  ["?", "this list"],
];

/**
 * @typedef {object} KeyTargets what keys act on
 * @property {Pick<import("./chosen.js").Chosen, "moveStage" | "setView" | "toggleView" | "setFocus" | "showMethod">} chosen
 * @property {Pick<import("./row.js").Row, "step" | "toggleSharp">} row
 * @property {(on: boolean) => void} hold
 * @property {() => void} escape
 * @property {() => void} toggleFull
 * @property {() => void} toggleKeys
 */

/** @typedef {(viewer: KeyTargets) => void} Act */

const OF_TALKS = /^[1-9f?]$/; // in a talk: scenes, full screen, and no list of keys

/** @type {Record<string, Act>} */
const KEYS = {
  ArrowLeft: ({ chosen }) => chosen.moveStage(-1),
  ArrowRight: ({ chosen }) => chosen.moveStage(1),
  0: ({ chosen }) => chosen.setFocus("all"),
  o: (viewer) => viewer.hold(true),
  d: ({ chosen }) => chosen.toggleView("divider"),
  e: ({ chosen }) => chosen.toggleView("error"),
  x: ({ chosen }) => chosen.setView("flip"),
  p: ({ row }) => row.toggleSharp(),
  "+": ({ row }) => row.step(1),
  "=": ({ row }) => row.step(1),
  "-": ({ row }) => row.step(-1),
  "−": ({ row }) => row.step(-1),
  Escape: (viewer) => viewer.escape(),
  f: (viewer) => viewer.toggleFull(),
  "?": (viewer) => viewer.toggleKeys(),
};

/**
 * What a key means here, or null: keys with Ctrl, Meta or Alt, keys typed into a field and a slider's own keys are not ours.
 * @param {{ key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean }} event
 * @param {{ tagName: string, type?: string, isContentEditable?: boolean }} target
 * @param {number} methods how many there are
 * @param {boolean} [talk] the page is shown in a talk, whose own keys are left alone
 * @returns {Act | null}
 */
export function meaningOf(event, target, methods, talk = false) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (isSlider(target) && isSliderKey(event.key)) return null;
  if (talk && OF_TALKS.test(key)) return null;
  if (/^[1-9]$/.test(key)) return Number(key) <= methods ? ({ chosen }) => chosen.showMethod(Number(key)) : null;
  return Object.hasOwn(KEYS, key) ? KEYS[key] : null;
}

/**
 * @param {string} key
 */
export function isSliderKey(key) {
  return /^(Arrow|Page|Home|End)/.test(key);
}

/**
 * @param {{ tagName: string, type?: string }} target
 */
export function isSlider({ tagName, type }) {
  return tagName === "INPUT" && type === "range";
}

/**
 * @param {{ tagName: string, type?: string, isContentEditable?: boolean }} target
 */
function isTyping(target) {
  if (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  return target.tagName === "INPUT" && !isSlider(target) && target.type !== "checkbox";
}

/**
 * The list of keys, hidden at first.
 * @param {() => void} close
 */
export function keyList(close) {
  const rows = MEANINGS.map(([key, meaning]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, meaning)));
  const title = el("strong", {}, "Keys, while the viewer has the focus");
  return el(
    "section",
    { class: "keys", hidden: true, "aria-label": "Keys" },
    el("div", { class: "keys-head" }, title, button("Close", "Close the list of keys", close)),
    el("dl", {}, ...rows),
  );
}
