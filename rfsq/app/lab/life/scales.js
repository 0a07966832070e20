// Where values stand on a curve's axis, its numbers, and names beside the ends of lines. Pure functions.

/** @typedef {{ low: number, high: number, log: boolean }} Axis */

/**
 * Where a value stands, 0 at the low end to 1 at the high one.
 * @param {Axis} axis
 * @param {number} value
 */
export function shareOn({ low, high, log }, value) {
  if (!log) return (value - low) / (high - low);
  return Math.log(Math.max(value, low) / low) / Math.log(high / low);
}

/**
 * The smallest log axis of 1-2-5 numbers that holds all values.
 * @param {Iterable<number>} values
 * @returns {Axis}
 */
export function logAxis(values) {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) if (value > 0) [least, most] = [Math.min(least, value), Math.max(most, value)];
  if (most === 0) return { low: 0.1, high: 1, log: true };
  const steps = oneTwoFive(least, most);
  const low = steps.filter((step) => step <= least * (1 + 1e-9)).at(-1) ?? least;
  const high = steps.find((step) => step >= most * (1 - 1e-9)) ?? most;
  return { low: Math.min(low, high / 5), high, log: true };
}

/**
 * Numbers for the axis.
 * @param {Axis} axis
 */
export function ticksOf({ low, high, log }) {
  if (!log) return [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  const steps = oneTwoFive(low, high).filter((step) => step >= low * 0.999 && step <= high * 1.001);
  return steps.length > 6 ? steps.filter((step) => /^1(\.0*)?e/.test(step.toExponential(1))) : steps;
}

/**
 * 1, 2, 5 times powers of ten, from below `low` to above `high`.
 * @param {number} low
 * @param {number} high
 */
export function oneTwoFive(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)) + 1; power += 1) {
    for (const digit of [1, 2, 5]) found.push(Number(`${digit}e${power}`));
  }
  return found;
}

/**
 * Places for names, at least `gap` apart and between `low` and `high`, near the places they want, in the same order.
 * @param {number[]} wanted
 * @param {number} gap
 * @param {number} low
 * @param {number} high
 */
export function apart(wanted, gap, low, high) {
  const step = wanted.length > 1 ? Math.min(gap, (high - low) / (wanted.length - 1)) : gap;
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  // Pools of neighbours that would overlap, each around the mean of what its members want.
  /** @type {{ mean: number, size: number }[]} */
  const pools = [];
  for (const [rank, i] of order.entries()) {
    let pool = { mean: wanted[i] - rank * step, size: 1 };
    for (let last = pools.at(-1); last && last.mean > pool.mean; last = pools.at(-1)) {
      const size = last.size + pool.size;
      pool = { mean: (last.mean * last.size + pool.mean * pool.size) / size, size };
      pools.pop();
    }
    pools.push(pool);
  }
  const means = pools.flatMap(({ mean, size }) => Array.from({ length: size }, () => mean));
  const places = wanted.slice();
  for (const [rank, i] of order.entries()) {
    places[i] = Math.min(Math.max(means[rank], low), high - (wanted.length - 1) * step) + rank * step;
  }
  return places;
}
