// How long drawing and decoding took, for the benchmark and the tests, which read it from the page.

/** @typedef {{ drawn: number[], presented: number[], decode: number[], payloadBytes: number }} Timings in ms, newest last */

const page = /** @type {Window & { __rfsqViewerTimings?: Timings }} */ (window);
page.__rfsqViewerTimings ??= { drawn: [], presented: [], decode: [], payloadBytes: 0 };
export const timings = page.__rfsqViewerTimings;

const KEPT = 500;

/**
 * @param {"drawn" | "presented" | "decode"} what
 * @param {number} began as performance.now() gave it
 */
export function record(what, began) {
  timings[what].push(performance.now() - began);
  if (timings[what].length > KEPT) timings[what].shift();
}
