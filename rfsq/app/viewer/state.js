// What is chosen, as one table, and how each wish of the person or of Python changes it. Nothing here knows the page.

import { methodOf, namesOf } from "./message.js";

/** @typedef {import("./message.js").Header} Header */
/** @typedef {"grid" | "divider" | "flip" | "error"} View */

/**
 * @typedef {object} State
 * @property {number} command the last wish of Python that was followed
 * @property {string} session whose wish that was
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
 * @property {string} pair labels of the two that Python asked for: the person's own choice stands until it asks for others
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
  const { command, session, stage, view, imageKey, place } = header;
  const chosenForPhone = narrow && view === "grid";
  const sides = sidesOf(header);
  return {
    ...{ command, session, stage, view: chosenForPhone ? "flip" : view, focus: place.picture, imageKey },
    ...{ zoom: place.zoom, cx: place.x, cy: place.y, fraction: place.divider },
    sharp: place.pixels === "" ? null : place.pixels === "sharp",
    ...{ ...sides, left: place.left || sides.left, right: place.right || sides.right },
    chosenForPhone,
  };
}

/** @param {Header} header */
function sidesOf(header) {
  const [left, right] = header.pair;
  return { left, right, pair: header.pair.map((id) => methodOf(header, id)?.label ?? id).join() };
}

/**
 * What Python hears.
 * @param {State} state
 */
export function reported({ stage, view, focus, command, chosenForPhone }) {
  return chosenForPhone ? { stage, view: "grid", focus: "all", command } : { stage, view, focus, command };
}

/**
 * The state as far as the message goes: another photo starts untouched, and what is gone is chosen no more. A method is
 * the one of the same label, which keeps its name while the stack's levels or stages change.
 * @param {State} state
 * @param {Header} header
 * @param {Header | null} [before] what was on the page
 * @returns {State}
 */
export function within(state, header, before = null) {
  const known = (/** @type {string} */ id, /** @type {string} */ otherwise) => {
    if (id === "original" || methodOf(header, id)) return id;
    const label = before && methodOf(before, id)?.label;
    return header.methods.find((method) => method.label === label)?.name ?? otherwise;
  };
  const sides = sidesOf(header);
  const same = state.pair === sides.pair;
  return {
    ...state,
    ...(state.imageKey === header.imageKey ? {} : { ...UNTOUCHED, imageKey: header.imageKey }),
    ...(same ? { left: known(state.left, sides.left), right: known(state.right, sides.right) } : sides),
    stage: Math.min(Math.max(1, state.stage), header.stages),
    focus: state.focus === "all" ? "all" : known(state.focus, state.view === "flip" ? sides.right : "all"),
  };
}

/**
 * The picture that flip shows: the chosen one, at first the left one of the pair, or a method where that is the original.
 * @param {State} state
 * @param {Header} header
 */
function flipped({ focus, left }, header) {
  if (focus !== "all") return focus;
  return left === "original" ? namesOf(header)[0] : left;
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
  if (view === "flip") focus = flipped(state, header);
  if (view === "flip" && state.view === "flip") focus = focus === state.left ? state.right : state.left;
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
export function shownIds(state, header) {
  const { view, focus } = state;
  const names = namesOf(header);
  if (view === "divider") return ["divider"];
  if (view === "flip") return [flipped(state, header)];
  if (view === "error" && names.includes(focus)) return [focus];
  return ["original", ...names];
}
