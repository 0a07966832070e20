// The message from Python (see payload.py): the way of every token through the stages, as numbers. Pure functions.

import { unpack } from "../shared/browser/envelope.js";
import { derive } from "./derived.js";
import { latentsOf } from "./latents.js";
import { readBody } from "./message.js";

/** @typedef {{ row: number, column: number, stage: number, channel: number }} State stage from 1, the others from 0 */

/**
 * @typedef {object} Stage
 * @property {number[]} levels of each channel, 1 where it is left out; empty for codes without levels
 * @property {[number, number][]} ends of each channel's levels, in the residual's units
 * @property {[number, number][]} line of each channel: what undoing makes of the codes 0 and 1
 * @property {Record<string, number[]>} statistics of the conditioning, of each channel or one for all
 * @property {number} codebook its size
 * @property {number} bits of an index
 * @property {number} side numbers of side information for a photo
 * @property {string | null} bound name of the function that bounds
 */

/**
 * @typedef {object} Header
 * @property {string} late digest of the latents, which arrive once
 * @property {number} command grows with every wish of Python
 * @property {string} session names the one that wishes
 * @property {string} photo names it
 * @property {string} model
 * @property {string} label
 * @property {string} kind "fsq", "vq", "lfq" …, "own" for a quantizer from outside, of which only what it answers is known
 * @property {string} conditioning
 * @property {string} told what the conditioning does, as a sentence
 * @property {boolean} same whether the model is a stack around the network that all of them share
 * @property {string} step the guided step that is open, or ""
 * @property {{ name: string, glyph: string, light: string, dark: string }[]} beside every conditioning around it
 * @property {number} factor pixels of a token's side
 * @property {State} state as Python wishes
 * @property {State | null} [known] where the person stood when Python came to wish, as far as it knew
 * @property {[number, number]} grid rows and columns of tokens
 * @property {number} channels
 * @property {number[]} cells c of each channel where the latents z are bounded to c·tanh(z / c); else empty
 * @property {Record<string, [string, string]>} symbols colours of the code's names, light and dark
 * @property {number} sideBits of a number of side information
 * @property {Stage[]} stages
 */

/** @typedef {import("./message.js").Values} Values */
/** @typedef {Header & { values: Map<string, Values>, files: Blob[] }} Path files: the photo, then after 0 … S stages */

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Path>}
 */
export async function readPath(bytes) {
  const { header: read, body } = unpack(bytes, "PATH");
  const header = /** @type {Header & import("./message.js").Parts} */ (read);
  const [late, own] = await Promise.all([latentsOf(header.late), readBody(header, body)]);
  const values = new Map([...late.values, ...own.values]);
  const path = { ...header, values, files: [...late.files, ...own.files] };
  for (const [name, rms] of late.rms) overall.set(valuesOf(path, name), rms);
  derive(path);
  return path;
}

/**
 * @param {Pick<Path, "values">} path
 * @param {string} name
 */
export function valuesOf({ values }, name) {
  const array = values.get(name);
  if (!array) throw new Error(`The message has no ${name}.`);
  return array;
}

/**
 * The value of a channel at the token that `state` names.
 * @param {Path} path
 * @param {string} name
 * @param {State} state
 * @param {number} channel
 */
export function valueAt(path, name, { row, column }, channel) {
  const [rows, columns] = path.grid;
  return valuesOf(path, name)[(channel * rows + row) * columns + column];
}

/**
 * The token's index at stage k (from 0).
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 */
export function indexAt(path, k, state) {
  return valueAt(path, `indices${k}`, state, 0);
}

/**
 * Root mean square of all channels at a token.
 * @param {Path} path
 * @param {string} name
 * @param {State} state
 */
export function rms(path, name, state) {
  let sum = 0;
  for (let d = 0; d < path.channels; d += 1) sum += valueAt(path, name, state, d) ** 2;
  return Math.sqrt(sum / path.channels);
}

/** @type {WeakMap<Values, number>} */
const overall = new WeakMap();

/**
 * Root mean square over all tokens and channels of the photo.
 * @param {Path} path
 * @param {string} name
 */
export function photoRms(path, name) {
  const values = valuesOf(path, name);
  const known = overall.get(values);
  if (known !== undefined) return known;
  let sum = 0;
  for (const value of values) sum += value * value;
  const found = Math.sqrt(sum / values.length);
  overall.set(values, found);
  return found;
}

/**
 * The largest size of any value, 1 for zeros.
 * @param {Values} values
 */
export function largest(values) {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most || 1;
}

/**
 * The values that a channel's levels stand for, in the residual's units.
 * @param {Stage} stage
 * @param {number} channel
 */
export function levelsOf(stage, channel) {
  return spread(stage.levels[channel], stage.ends[channel]);
}

/**
 * `count` values from one end to the other, evenly; a single one is 0.
 * @param {number} count
 * @param {[number, number]} ends
 */
export function spread(count, [low, high]) {
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, i) => low + (i * (high - low)) / (count - 1));
}

/**
 * @param {Stage} stage
 * @param {string} name
 * @param {number} channel
 */
export function statistic({ statistics }, name, channel) {
  const values = statistics[name];
  return values[values.length > 1 ? channel : 0];
}

/**
 * The stage gives this channel no levels.
 * @param {Stage} stage
 * @param {number} channel
 */
export function isLeftOut({ levels }, channel) {
  return levels.length > 0 && levels[channel] === 1;
}

/** @type {WeakMap<Stage, number>} */
const reaches = new WeakMap();

/**
 * The reach of the number lines in the residual's units: the same for all tokens, as far as the levels go (without
 * levels: the codes), and wider only where this token lies beyond them.
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 */
export function reachOf(path, k, state) {
  const stage = path.stages[k];
  const usual =
    reaches.get(stage) ??
    (stage.levels.length ? Math.max(...stage.ends.flat().map(Math.abs)) : largest(valuesOf(path, `codes${k}`)));
  reaches.set(stage, usual);
  const own = Array.from({ length: path.channels }, (_, c) => Math.abs(valueAt(path, `residual${k}`, state, c)));
  return Math.max(1.04 * usual, ...own);
}

/**
 * The state as far as the message goes.
 * @param {State} state
 * @param {Path} path
 * @returns {State}
 */
export function within({ row, column, stage, channel }, { grid: [rows, columns], stages, channels }) {
  const clamp = (/** @type {number} */ value, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, value));
  return {
    row: clamp(row, rows),
    column: clamp(column, columns),
    stage: clamp(stage - 1, stages.length) + 1,
    channel: clamp(channel, channels),
  };
}

/**
 * Bits, without decimals where they are whole.
 * @param {number} bits
 */
export function bitsText(bits) {
  return Math.abs(bits - Math.round(bits)) < 1e-6 ? String(Math.round(bits)) : bits.toFixed(2);
}
