// What follows from the levels that a stage chose; derived.py is the same in Python. Pure functions.

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").Stage} Stage */
/** @typedef {import("./path.js").Values} Values */

/**
 * Add to the values of a path what every stage makes of its residual, as far as it did not arrive.
 * @param {Pick<Path, "values" | "stages" | "grid" | "cells">} path
 */
export function derive({ values, stages, grid, cells }) {
  const tokens = grid[0] * grid[1];
  const get = (/** @type {string} */ name) => {
    const array = values.get(name);
    if (!array) throw new Error(`The message has no ${name}.`);
    return array;
  };
  if (!values.has("start")) {
    const bounded = (/** @type {number} */ z, /** @type {number} */ i) => {
      const cell = cells[Math.floor(i / tokens)];
      return cell * Math.tanh(z / cell);
    };
    values.set("start", cells.length ? Float64Array.from(get("latents"), bounded) : get("latents"));
  }
  stages.forEach((stage, k) => {
    const residual = get(k ? `remainder${k - 1}` : "start");
    const fill = (/** @type {string} */ name, /** @type {(i: number, line: [number, number]) => number} */ make) => {
      if (values.has(`${name}${k}`)) return;
      values.set(
        `${name}${k}`,
        Float64Array.from(residual, (_, i) => make(i, stage.line[Math.floor(i / tokens)])),
      );
    };
    values.set(`residual${k}`, residual);
    if (stage.levels.length) {
      const digits = get(`digits${k}`);
      fill("codes", (i) => codeOf(digits[i], stage.levels[Math.floor(i / tokens)]));
    }
    const codes = get(`codes${k}`);
    fill("step", (i, [zero, one]) => zero + (one - zero) * codes[i]);
    fill("conditioned", (i, [zero, one]) => (residual[i] - zero) / (one - zero));
    const conditioned = get(`conditioned${k}`);
    fill("bounded", (i) => boundedBy(stage.bound, conditioned[i]));
    const step = get(`step${k}`);
    fill("remainder", (i) => residual[i] - step[i]);
  });
}

/**
 * The code of level number `digit` of `levels`, evenly from −1 to 1; 0 where the stage leaves the channel out.
 * @param {number} digit
 * @param {number} levels
 */
export function codeOf(digit, levels) {
  return levels > 1 ? (2 * digit) / (levels - 1) - 1 : 0;
}

/**
 * @param {string | null} bound
 * @param {number} value
 */
export function boundedBy(bound, value) {
  if (bound === "tanh") return Math.tanh(value);
  return bound === "clamp" ? Math.max(-1, Math.min(1, value)) : value;
}
