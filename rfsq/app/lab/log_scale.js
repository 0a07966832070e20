// The range of the sliders: a decade and a half around all fitted factors, logarithmic. Pure functions.

/** @typedef {{ from: number, to: number }} Range powers of ten */

const BEYOND = 1.5;

/**
 * @param {{ factors: number[], fitted: number[], low: number, high: number }} data
 * @returns {Range}
 */
export function rangeOf({ factors, fitted, low, high }) {
  const from = Math.max(Math.log10(low), Math.log10(Math.min(...fitted)) - BEYOND);
  const to = Math.min(Math.log10(high), Math.log10(Math.max(...fitted, ...factors)) + BEYOND);
  return { from, to };
}

/**
 * Where a factor stands between the ends, 0 … 1.
 * @param {Range} range
 * @param {number} factor
 */
export function shareOf({ from, to }, factor) {
  return Math.min(1, Math.max(0, (Math.log10(factor) - from) / (to - from)));
}

/**
 * The factor at a share of the range.
 * @param {Range} range
 * @param {number} share
 */
export function factorAt({ from, to }, share) {
  return 10 ** (from + (to - from) * share);
}
