// Where the plane lies on the canvas, and where the numbers of its axes stand. Pure functions, CSS pixels.

const MARGIN = { left: 40, right: 10, top: 10, bottom: 34 };

/** @typedef {{ left: number, top: number, side: number }} Square the part of the canvas that shows the plane */
/** @typedef {import("./run.js").Pair} Pair */

/**
 * @param {number} width of the canvas
 * @param {number} height
 * @returns {Square}
 */
export function squareIn(width, height) {
  const side = Math.min(width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom);
  return { left: MARGIN.left, top: MARGIN.top, side };
}

/**
 * The canvas for a room of `width` in a window of `windowHeight`.
 * @param {number} width
 * @param {number} windowHeight
 */
export function canvasSize(width, windowHeight) {
  const side = Math.max(260, Math.min(width, 660, Math.max(320, windowHeight - 260)));
  return { width: side, height: side - MARGIN.left - MARGIN.right + MARGIN.top + MARGIN.bottom };
}

/**
 * @param {Square} square
 * @param {number} reach of the plane, from 0 to its edge
 * @param {number} x
 * @param {number} y
 * @returns {Pair}
 */
export function toScreen({ left, top, side }, reach, x, y) {
  return [left + ((x + reach) / (2 * reach)) * side, top + ((reach - y) / (2 * reach)) * side];
}

/**
 * @param {Square} square
 * @param {number} reach
 * @param {number} px
 * @param {number} py
 * @returns {Pair}
 */
export function toPlane({ left, top, side }, reach, px, py) {
  return [((px - left) / side) * 2 * reach - reach, reach - ((py - top) / side) * 2 * reach];
}

/**
 * Round numbers for an axis from −reach to reach, about six of them.
 * @param {number} reach
 * @returns {{ value: number, text: string }[]}
 */
export function axisNumbers(reach) {
  const wish = reach / 3;
  const power = 10 ** Math.floor(Math.log10(wish));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= wish * 0.95) ?? wish;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const last = Math.floor(reach / step);
  return Array.from({ length: 2 * last + 1 }, (_, i) => {
    const value = (i - last) * step;
    return { value, text: value.toFixed(digits).replace("-", "\u2212") };
  });
}
