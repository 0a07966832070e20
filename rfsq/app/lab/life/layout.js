// How many planes stand side by side, and how large they are. Pure functions, CSS pixels.

const ABOVE = 400; // of the page, above the planes
const WORDS = 94; // of a plane's name and numbers, and the gap below
const LEAST = 176;
const MOST = 420;

/**
 * Columns for a number of planes where there is room: at most four, and rows as even as can be.
 * @param {number} count
 */
export function columnsFor(count) {
  return Math.ceil(count / Math.ceil(count / 4));
}

/**
 * The side of a plane, so that all rows fit the window, as far as that leaves them readable.
 * @param {number} count
 * @param {number} windowHeight
 */
export function sideFor(count, windowHeight) {
  const rows = Math.ceil(count / columnsFor(count));
  return Math.round(Math.min(MOST, Math.max(LEAST, (windowHeight - ABOVE) / rows - WORDS)));
}
