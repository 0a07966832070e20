// How fast the frames were, for the benchmark and the tests, which read it from the page.

/** @typedef {{ at: number, delay: number, trip: number, server: number, side: number }} Timed ms, and pixels a side */

const page = /** @type {Window & { __rfsqLiveTimings?: Timed[] }} */ (window);
page.__rfsqLiveTimings ??= [];
const timings = page.__rfsqLiveTimings;

const KEPT = 2000;

/** @param {Timed} frame */
export function keep(frame) {
  timings.push(frame);
  if (timings.length > KEPT) timings.shift();
}
