// What is chosen, as one table, and how each wish of the person or of Python changes it. Nothing here knows the page.

import { namesOf } from "./message.js";

/** @typedef {import("./message.js").Header} Header */
/** @typedef {"grid" | "divider" | "flip" | "error"} View */

/**
 * @typedef {object} State
 * @property {number} command the last wish of Python that was followed
 * @property {number} stage 1 … stages
 * @property {View} view
 * @property {string} focus "all", "original" or a method's name
 * @property {string} imageKey the photo that zoom and position belong to
 * @property {number} zoom device pixels for each pixel; 0: as the pictures fit
 * @property {number} cx the point of the picture in the middle of its pane, as fractions of its size
 * @property {number} cy
 * @property {boolean | null} sharp pixels or smooth; null: by the zoom
 * @property {number} fraction where the divider stands, 0 … 1
 * @property {string} left what is left of the divider: "original" or a method's name
 * @property {string} right
 * @property {boolean} chosenForPhone one picture instead of the grid; Python hears of it once the person chooses
 */

/** Zoom, position and divider of a photo that was not touched yet. */
export const UNTOUCHED = { zoom: 0, cx: 0.5, cy: 0.5 };

/**
 * @param {Header} header
 * @param {boolean} narrow a phone, which shows one picture first
 * @returns {State}
 */
export function firstState(header, narrow) {
  const { command, stage, view, imageKey } = header;
  const chosenForPhone = narrow && view === "grid";
  return {
    ...{ command, stage, view: chosenForPhone ? "flip" : view, focus: "all", imageKey },
    ...{ ...UNTOUCHED, sharp: null, fraction: 0.5, left: "original", right: namesOf(header).at(-1) ?? "original" },
    chosenForPhone,
  };
}

/**
 * What Python hears.
 * @param {State} state
 */
export function reported({ stage, view, focus, command, chosenForPhone }) {
  return chosenForPhone ? { stage, view: "grid", focus: "all", command } : { stage, view, focus, command };
}

/**
 * The state as far as the message goes: another photo starts untouched, and what is gone is chosen no more.
 * @param {State} state
 * @param {Header} header
 * @returns {State}
 */
export function within(state, header) {
  const names = namesOf(header);
  const known = (/** @type {string} */ id, /** @type {string} */ otherwise) =>
    id === "original" || names.includes(id) ? id : otherwise;
  return {
    ...state,
    ...(state.imageKey === header.imageKey ? {} : { ...UNTOUCHED, imageKey: header.imageKey }),
    stage: Math.min(Math.max(1, state.stage), header.stages),
    focus: state.focus === "all" ? "all" : known(state.focus, "all"),
    left: known(state.left, "original"),
    right: known(state.right, names.at(-1) ?? "original"),
  };
}

/**
 * @param {State} state
 * @param {View} view
 * @param {Header} header
 * @returns {State}
 */
export function withView(state, view, header) {
  let { focus } = state;
  if (view === "grid") focus = "all";
  if (view === "flip" && focus === "all") focus = namesOf(header)[0];
  if (view === "error" && focus === "original") focus = "all";
  return { ...state, view, focus, chosenForPhone: false };
}

/**
 * @param {State} state
 * @param {string} id one picture ("original" or a method's name), or "all"
 * @returns {State}
 */
export function withFocus(state, id) {
  const next = { ...state, chosenForPhone: false };
  if (state.view === "divider" && id !== "all") return { ...next, right: id };
  if (id === "all") return { ...next, focus: "all", view: state.view === "error" ? "error" : "grid" };
  return { ...next, focus: id, view: state.view === "error" && id !== "original" ? "error" : "flip" };
}

/**
 * Zoom, position and divider as at the start.
 * @param {State} state
 * @returns {State}
 */
export function reset(state) {
  return { ...state, ...UNTOUCHED, sharp: null, fraction: 0.5 };
}

/**
 * Which figures are on the page: "divider", "original" or methods' names.
 * @param {State} state
 * @param {Header} header
 * @returns {string[]}
 */
export function shownIds({ view, focus }, header) {
  const names = namesOf(header);
  if (view === "divider") return ["divider"];
  if (view === "flip") return [focus === "all" ? names[0] : focus];
  if (view === "error" && names.includes(focus)) return [focus];
  return ["original", ...names];
}
