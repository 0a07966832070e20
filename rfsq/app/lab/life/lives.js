// The message from Python (see film.py) and what follows from it: pure functions, no drawing.

import { numbers, unpack } from "../../shared/browser/envelope.js";

/** @typedef {"latents" | "data"} View */
/** @typedef {"usage" | "perplexity" | "error"} Measure */
/** @typedef {{ x: number, y: number, half: number }} Window a square of the plane: its centre and half its side */
/** @typedef {[number, number]} Pair */

/**
 * @typedef {object} Look
 * @property {string} name
 * @property {string} label
 * @property {string} glyph
 * @property {string} light
 * @property {string} dark
 * @property {string} dash as plotly names it
 */

/**
 * @typedef {Look & Record<Measure, Float32Array> & {
 *   latents: Uint16Array, indices: Uint8Array, marks: Uint16Array, decoded: Uint16Array, used: Uint8Array,
 * }} Life curves are (seeds, frames), the others of the seed that is drawn
 */

/**
 * @typedef {object} Header
 * @property {number} command grows with every wish of Python
 * @property {string} session names the one that wishes
 * @property {boolean} talk the page is shown in a talk
 * @property {number} codes
 * @property {number[]} steps of the frames
 * @property {number} seeds
 * @property {number} drawn number of the seed whose points are here, from 0
 * @property {number} measured
 * @property {number} count of points
 * @property {number} floor error of k-means
 * @property {Record<View, number>} spans coordinates go from minus to plus this
 * @property {Record<View, Window>} windows
 * @property {Look[]} methods
 * @property {{ at: number, view: View }} state
 * @property {{ at: number, view: View } | null} [known] where the person stood when Python came to wish, as far as it knew
 */

/** @typedef {Header & { samples: Uint16Array, lives: Life[] }} Film */

/**
 * @param {Uint8Array} bytes
 * @returns {Film}
 */
export function readFilm(bytes) {
  const { header: unknown, body } = unpack(bytes, "LIFE");
  const header = /** @type {Header} */ (unknown);
  const { codes, count, seeds } = header;
  const frames = header.steps.length;
  let at = 0;
  const take = (/** @type {"f4" | "u1" | "u2"} */ type, /** @type {number} */ size) => {
    const found = numbers(body, type, at, size);
    at += found.byteLength;
    return found;
  };
  const curve = () => /** @type {Float32Array} */ (take("f4", seeds * frames));
  const points = (/** @type {number} */ size) => /** @type {Uint16Array} */ (take("u2", size));
  const small = (/** @type {number} */ size) => /** @type {Uint8Array} */ (take("u1", size));
  const samples = points(2 * count);
  const lives = header.methods.map((look) => ({
    ...look,
    usage: curve(),
    perplexity: curve(),
    error: curve(),
    latents: points(2 * frames * count),
    indices: small(frames * count),
    marks: points(2 * frames * codes),
    decoded: points(2 * frames * codes),
    used: small(frames * codes),
  }));
  return { ...header, samples, lives };
}

/**
 * Where sample i is in a frame.
 * @param {Film} film
 * @param {Life} life
 * @param {View} view
 * @param {number} frame
 * @param {number} i
 * @returns {Pair}
 */
export function pointOf(film, life, view, frame, i) {
  if (view === "data") return pairAt(film.samples, film.spans.data, i);
  return pairAt(life.latents, film.spans.latents, frame * film.count + i);
}

/**
 * Where code k is in a frame.
 * @param {Film} film
 * @param {Life} life
 * @param {View} view
 * @param {number} frame
 * @param {number} k
 * @returns {Pair}
 */
export function markOf(film, life, view, frame, k) {
  return pairAt(view === "data" ? life.decoded : life.marks, film.spans[view], frame * film.codes + k);
}

/**
 * Whether a measured sample takes code k in a frame.
 * @param {Film} film
 * @param {Life} life
 * @param {number} frame
 * @param {number} k
 */
export function isUsed(film, life, frame, k) {
  return life.used[frame * film.codes + k] === 1;
}

/**
 * A curve's value for a seed in a frame.
 * @param {Film} film
 * @param {Life} life
 * @param {Measure} measure
 * @param {number} seed
 * @param {number} frame
 */
export function curveAt(film, life, measure, seed, frame) {
  return life[measure][seed * film.steps.length + frame];
}

/**
 * The frame at a step, or the one before it.
 * @param {Film} film
 * @param {number} step
 */
export function frameAt({ steps }, step) {
  return Math.max(
    0,
    steps.findLastIndex((known) => known <= step),
  );
}

/**
 * @param {Uint16Array} packed
 * @param {number} span
 * @param {number} i
 * @returns {Pair}
 */
function pairAt(packed, span, i) {
  return [(packed[2 * i] / 32767.5 - 1) * span, (packed[2 * i + 1] / 32767.5 - 1) * span];
}

/**
 * A share of 0 … 1 as people say it: "32 %", "1.2 %", "99.9 %"; as `format_share` of Python.
 * @param {number} share
 */
export function shareText(share) {
  const space = "\u202f";
  if (share >= 0.995 && share < 1) return `${share >= 0.9985 ? "99.9" : (100 * share).toFixed(1)}${space}%`;
  const number =
    share >= 0.0995 || share === 0 ? (100 * share).toFixed(0) : String(Number((100 * share).toPrecision(2)));
  return `${number}${space}%`;
}
