// How many planes stand side by side, and how large they are. Pure functions, CSS pixels.

const ABOVE = 400; // of the page, above the planes
const CHART = 178; // of one of several charts
const TITLE = 34; // of a chart in a room, and the gap below
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
 * What a room sees without scrolling: the side of a plane, and the height of the chart beside them.
 * @param {number} count
 * @param {number} left of the window below the controls, in pixels as large as those of the film
 */
export function roomFor(count, left) {
  const rows = Math.ceil(count / columnsFor(count));
  return { side: Math.round(Math.min(MOST, left / rows - WORDS)), chart: Math.round(Math.min(MOST, left - TITLE)) };
}

/**
 * The side of a plane, so that all rows fit the window, as far as that leaves them readable, and the height of a chart.
 * @param {number} count
 * @param {number} windowHeight
 */
export function pageFor(count, windowHeight) {
  const rows = Math.ceil(count / columnsFor(count));
  return { side: Math.round(Math.min(MOST, Math.max(LEAST, (windowHeight - ABOVE) / rows - WORDS))), chart: CHART };
}
