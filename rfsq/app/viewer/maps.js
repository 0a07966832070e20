// The arithmetic of maps: error as colour, and what one picture adds to another. Pure functions of RGBA bytes.

/** @typedef {Uint8ClampedArray | Uint8Array} Bytes */

// A sequential scale from dark to light (stops of matplotlib's magma, CC0), zero dark.
const MAGMA = [
  [0, 0, 4],
  [28, 16, 68],
  [79, 18, 123],
  [129, 37, 129],
  [181, 54, 122],
  [229, 80, 100],
  [251, 135, 97],
  [254, 194, 135],
  [252, 253, 191],
];

/**
 * Red, green and blue of a value in [0, 1]; beyond, those of its end.
 * @param {number} value
 */
export function magma(value) {
  const at = Math.min(1, Math.max(0, value)) * (MAGMA.length - 1);
  const low = Math.min(MAGMA.length - 2, Math.floor(at));
  return MAGMA[low].map((channel, i) => Math.round(channel + (MAGMA[low + 1][i] - channel) * (at - low)));
}

/**
 * The colours of a grey error picture, in which 255 is an error of 1, up to `maximum`.
 * @param {Bytes} grey
 * @param {number} maximum
 * @param {Uint8ClampedArray} out
 */
export function colourError(grey, maximum, out) {
  const table = Array.from({ length: 256 }, (_, i) => magma(i / 255 / maximum));
  for (let i = 0; i < grey.length; i += 4) {
    [out[i], out[i + 1], out[i + 2]] = table[grey[i]];
    out[i + 3] = 255;
  }
}

/**
 * `gain` times what `later` adds to `earlier`, around mid-grey: warm stays warm, zero is 128.
 * @param {Bytes} later
 * @param {Bytes} earlier
 * @param {number} gain
 * @param {Uint8ClampedArray} out clamped: it saturates by itself
 */
export function addChange(later, earlier, gain, out) {
  for (let i = 0; i < later.length; i += 4) {
    for (let c = i; c < i + 3; c += 1) out[c] = 128 + gain * (later[c] - earlier[c]);
    out[i + 3] = 255;
  }
}

/**
 * The largest change that only 1 % of all values exceed.
 * @param {Bytes} later
 * @param {Bytes} earlier
 */
export function typicalChange(later, earlier) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < later.length; i += 4) {
    for (let c = i; c < i + 3; c += 1) counts[Math.abs(later[c] - earlier[c])] += 1;
  }
  let left = (later.length / 4) * 3 * 0.01;
  for (let change = 255; change > 0; change -= 1) {
    left -= counts[change];
    if (left < 0) return change;
  }
  return 0;
}

const GAINS = [1, 2, 4, 8, 16, 32];

/**
 * The strongest of the even gains at which a change still fits around mid-grey.
 * @param {number} change
 */
export function evenGain(change) {
  return GAINS.findLast((gain) => gain * Math.max(1, change) <= 127) ?? 1;
}

/**
 * The gain that makes a change fill the greys, at most 64.
 * @param {number} change
 */
export function ownGain(change) {
  return Math.max(1, Math.min(64, Math.floor(127 / Math.max(1, change))));
}
