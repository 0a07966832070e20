// A number line from −reach to reach with ticks, the value, the code chosen for it and the way between them.

import { svg } from "../shared/browser/elements.js";
import { decimal } from "../shared/browser/numbers.js";

const MIDDLE = 110; // of the drawing's 220 by 30
const LONG = 100; // from the middle to the reach
const MANY = 16; // ticks above which they are thin

/**
 * @typedef {object} Line
 * @property {number} reach
 * @property {number[]} ticks
 * @property {number} chosen number of the tick that is filled; -1: none
 * @property {number} value
 * @property {[number, number] | null} arrow from and to
 * @property {number | null} ghost the value of before
 * @property {string} label
 * @property {string} valueSymbol
 * @property {string} codeSymbol
 */

/**
 * The place of a value on the line; beyond the reach, that of its end.
 * @param {number} value
 * @param {number} reach
 */
export function placeOf(value, reach) {
  return MIDDLE + (LONG * Math.max(-reach, Math.min(reach, value))) / reach;
}

/** @param {Line} line */
export function numberLine({ reach, ticks, chosen, value, arrow, ghost, label, valueSymbol, codeSymbol }) {
  const x = (/** @type {number} */ of) => placeOf(of, reach);
  const drawing = svg("svg", { viewBox: "0 0 220 30", role: "img", "aria-label": label, class: "line" });
  drawing.append(svg("line", { x1: 8, x2: 212, y1: 15, y2: 15, class: "axis" }));
  drawing.append(svg("line", { x1: MIDDLE, x2: MIDDLE, y1: 4, y2: 26, class: "zero" }));
  if (ticks.length > MANY) {
    drawing.append(svg("path", { class: "tick", d: ticks.map((tick) => `M${x(tick).toFixed(2)} 10V20`).join("") }));
  } else {
    const others = ticks.filter((_, n) => n !== chosen);
    drawing.append(...others.map((tick) => svg("line", { x1: x(tick), x2: x(tick), y1: 7, y2: 23, class: "tick" })));
  }
  if (ghost !== null) drawing.append(ghostAt(ghost, reach));
  if (chosen >= 0) {
    drawing.append(svg("circle", { cx: x(ticks[chosen]), cy: 15, r: 6.5, class: "chosen", "data-symbol": codeSymbol }));
  }
  if (arrow) drawing.append(...arrowBetween(x(arrow[0]), x(arrow[1])));
  drawing.append(svg("circle", { cx: x(value), cy: 15, r: 3.6, class: "dot", "data-symbol": valueSymbol }));
  return drawing;
}

/**
 * A grey dot, or a triangle at the edge that points to where it would be.
 * @param {number} value
 * @param {number} reach
 */
function ghostAt(value, reach) {
  const side = Math.sign(value);
  const title = svg("title", {}, `before: ${decimal(value)}`);
  if (Math.abs(value) <= reach)
    return svg("circle", { cx: placeOf(value, reach), cy: 15, r: 5, class: "ghost" }, title);
  const d = `M${MIDDLE + side * 109} 15L${MIDDLE + side * 101} 9V21Z`;
  return svg("path", { class: "ghost", d }, title);
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {SVGElement[]} none without a way
 */
function arrowBetween(from, to) {
  const way = Math.sign(to - from);
  if (!way) return [];
  const head = Math.min(6, Math.abs(to - from));
  const neck = to - way * head;
  const d = `M${from} 15H${to}M${neck} ${15 - head}L${to} 15L${neck} ${15 + head}`;
  return [svg("path", { class: "arrow", "data-symbol": "remainder", d })];
}
