// The message from Python (see plane.py) and what follows from it: pure functions, no drawing.

import { numbers, unpack } from "../shared/browser/envelope.js";

/** @typedef {"enters" | "sent" | "left"} Phase */
/** @typedef {[number, number]} Pair a point of the plane, x and y */

/** @type {Phase[]} */
export const PHASES = ["enters", "sent", "left"];

/**
 * @typedef {object} State where the person stands
 * @property {number} stage 1 … S
 * @property {Phase} phase
 * @property {boolean} magnify
 * @property {number} probe number of the sample that is followed
 */

/**
 * @typedef {object} StageHeader
 * @property {Pair[]} codes
 * @property {[number[], number[]] | null} edges between the levels of x and y; null for codes without rows and columns
 * @property {number} entropy bits
 * @property {number | null} levels effective number of them
 * @property {number} gain of the magnifier
 */

/** @typedef {StageHeader & { counts: Uint32Array, used: number }} Stage counts: samples of each code; used: codes with any */

/**
 * @typedef {object} Header
 * @property {number} command grows with every wish of Python
 * @property {string} session names the one that wishes
 * @property {string} source names the samples
 * @property {number} count of samples
 * @property {number} reach of the plane, from 0 to its edge
 * @property {string} method
 * @property {string} light the method's colours
 * @property {string} dark
 * @property {number} bits of one index
 * @property {number[]} rms of the source and of what each stage leaves
 * @property {State} state as Python wishes; its probe is a good one
 * @property {Partial<State> | null} [known] where the person stood when Python came to wish, as far as it knew
 * @property {StageHeader[]} stages
 * @property {number | null} levels of one channel
 */

/**
 * @typedef {Omit<Header, "stages"> & { stages: Stage[], residuals: Float32Array[], indices: Uint8Array[] }} Run
 * residuals: S + 1 arrays of x, y, x, y …; indices: S arrays
 */

/**
 * @param {Uint8Array} bytes
 * @returns {Run}
 */
export function readRun(bytes) {
  const { header: read, body } = unpack(bytes, "PLAN");
  const header = /** @type {Header} */ (read);
  const { count } = header;
  const residuals = [numbers(body, "f4", 0, 2 * count)];
  const indices = header.stages.map((_, k) => numbers(body, "u1", 8 * count + k * count, count));
  const stages = header.stages.map((stage, k) => {
    const { after, counts } = encoded(residuals[k], indices[k], stage.codes);
    residuals.push(after);
    return { ...stage, counts, used: counts.reduce((sum, c) => sum + Number(c > 0), 0) };
  });
  return { ...header, stages, residuals, indices };
}

/**
 * @param {Float32Array} before
 * @param {Uint8Array} indices
 * @param {Pair[]} codes
 */
function encoded(before, indices, codes) {
  const after = new Float32Array(before.length);
  const counts = new Uint32Array(codes.length);
  indices.forEach((index, i) => {
    counts[index] += 1;
    after[2 * i] = before[2 * i] - codes[index][0];
    after[2 * i + 1] = before[2 * i + 1] - codes[index][1];
  });
  return { after, counts };
}

/**
 * Where sample i stands at a phase (0 enters, 1 sent, 2 left; fractions are on the way) of stage k (from 0).
 * @param {Run} run
 * @param {number} k
 * @param {number} phase
 * @param {number} i
 * @returns {Pair}
 */
export function positionOf(run, k, phase, i) {
  const [x, y] = residualOf(run, k, i);
  const [cx, cy] = codeOf(run, k, i);
  if (phase <= 1) return [x + phase * (cx - x), y + phase * (cy - y)];
  const t = phase - 1;
  return [cx + t * (x - 2 * cx), cy + t * (y - 2 * cy)];
}

/**
 * What enters stage k (from 0) of sample i; k = S: what is left in the end.
 * @param {Run} run
 * @param {number} k
 * @param {number} i
 * @returns {Pair}
 */
export function residualOf(run, k, i) {
  return [run.residuals[k][2 * i], run.residuals[k][2 * i + 1]];
}

/**
 * The code that stage k (from 0) sends sample i to.
 * @param {Run} run
 * @param {number} k
 * @param {number} i
 */
export function codeOf(run, k, i) {
  return run.stages[k].codes[run.indices[k][i]];
}

/**
 * The sample nearest to a point at a phase of stage k (from 0).
 * @param {Run} run
 * @param {number} k
 * @param {number} phase
 * @param {Pair} point
 */
export function nearestSample(run, k, phase, point) {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < run.count; i += 1) {
    const away = distance(positionOf(run, k, phase, i), point);
    if (away < least) [least, best] = [away, i];
  }
  return best;
}

/**
 * The code whose cell holds a point.
 * @param {StageHeader} stage
 * @param {Pair} point
 */
export function cellAt({ codes, edges }, point) {
  if (edges) {
    const cell = cellOf(edges, point);
    return codes.findIndex((code) => cellOf(edges, code).every((number, d) => number === cell[d]));
  }
  return codes.reduce((best, code, n) => (distance(code, point) < distance(codes[best], point) ? n : best), 0);
}

/**
 * Column and row of a point between the edges.
 * @param {[number[], number[]]} edges
 * @param {Pair} point
 */
export function cellOf(edges, point) {
  return point.map((value, d) => edges[d].filter((edge) => edge < value).length);
}

/**
 * @param {Pair} a
 * @param {Pair} b
 */
function distance(a, b) {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;
}

/**
 * The next phase in a direction, over the borders of the stages; null at the ends.
 * @param {State} state
 * @param {number} direction
 * @param {number} stages
 * @returns {{ stage: number, phase: number } | null}
 */
export function stepped({ stage, phase }, direction, stages) {
  const at = PHASES.length * (stage - 1) + PHASES.indexOf(phase) + direction;
  if (at < 0 || at >= PHASES.length * stages) return null;
  return { stage: Math.floor(at / PHASES.length) + 1, phase: at % PHASES.length };
}
