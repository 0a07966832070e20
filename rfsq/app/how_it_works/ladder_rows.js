// The rows of the ladder: what enters each stage in one channel, what is chosen, what is left. Pure functions.

import { isLeftOut, levelsOf, photoRms, valueAt } from "./path.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */

/**
 * @typedef {object} Row
 * @property {number} value that enters
 * @property {number[]} levels in the residual's units; none for codes without levels, or a stage that leaves the channel out
 * @property {number} step what is added, the chosen level
 * @property {number} remainder
 * @property {boolean} out the stage leaves this channel out
 * @property {boolean} worse the remainder is farther from 0 than what entered
 * @property {[number, number]} photo RMS of all numbers of the photo, before and after
 * @property {boolean} photoWorse
 * @property {number} reach of the row's ruler
 * @property {number} zoom by how much the ruler is enlarged against that of the first row
 * @property {number | null} old what entered with the model before
 */

const SPARE = 1.45; // of the ruler beyond the outermost levels: values lie there, too

/**
 * Whether one size is larger than another, as far as three decimals show it.
 * @param {number} after
 * @param {number} before
 */
export function isWorse(after, before) {
  return seen(after) > seen(before);
}

/** @param {number} value */
function seen(value) {
  return Number(Math.abs(value).toFixed(3));
}

/**
 * @param {Path} path
 * @param {State} state
 * @param {Path | null} before the path of the model that was shown before
 * @returns {Row[]}
 */
export function ladderRows(path, state, before) {
  const old = before && before.channels === path.channels ? before : null;
  /** @type {Row[]} */
  const rows = [];
  path.stages.forEach((stage, k) => {
    const { channel } = state;
    const [value, step, remainder] = ["residual", "step", "remainder"].map((name) =>
      valueAt(path, `${name}${k}`, state, channel),
    );
    const out = isLeftOut(stage, channel);
    const levels = out || !stage.levels.length ? [] : levelsOf(stage, channel);
    /** @type {[number, number]} */
    const photo = [photoRms(path, `residual${k}`), photoRms(path, `remainder${k}`)];
    const row = { value, levels, step, remainder, out, worse: isWorse(remainder, value) };
    const whole = { photo, photoWorse: isWorse(photo[1], photo[0]) };
    const ruler = { reach: out ? 0 : reachOf(levels, value, step), zoom: 1 };
    rows.push({
      ...row,
      ...whole,
      ...ruler,
      old: old?.stages[k] ? valueAt(old, `residual${k}`, state, channel) : null,
    });
  });
  return measured(rows);
}

/**
 * The rows with the rulers that they share: a stage that leaves the channel out has that of the stage before it, or of the
 * first one that codes the channel.
 * @param {Row[]} rows
 */
function measured(rows) {
  let reach = rows.find((row) => !row.out)?.reach ?? 1;
  const first = reach;
  return rows.map((row) => {
    if (!row.out) reach = row.reach;
    return { ...row, reach, zoom: first / reach };
  });
}

/**
 * As far as the levels and a bit, and farther only where the value lies beyond.
 * @param {number[]} levels
 * @param {number} value
 * @param {number} step
 */
function reachOf(levels, value, step) {
  const usual = SPARE * Math.max(...(levels.length ? levels : [value, step]).map(Math.abs));
  return Math.max(usual, 1.05 * Math.abs(value)) || 1;
}

/**
 * What a stack of each conditioning misses of the same latent after each stage, in the latent's own units.
 * @param {Path} path
 * @param {State} state
 */
export function leftBeside(path, state) {
  return path.beside.map((look) => {
    const names = path.stages.map((_, k) => `${look.name}-missing${k}`);
    const left = names.map((name) => valueAt(path, name, state, state.channel));
    return { ...look, left, photo: names.map((name) => photoRms(path, name)) };
  });
}

/**
 * What the decoder gets in a channel: the sum of all steps.
 * @param {Path} path
 * @param {State} state
 */
export function sumOfSteps(path, state) {
  return path.stages.reduce((sum, _, k) => sum + valueAt(path, `step${k}`, state, state.channel), 0);
}

/**
 * The encoder's number for a channel.
 * @param {Path} path
 * @param {State} state
 */
export function latentOf(path, state) {
  return valueAt(path, "latents", state, state.channel);
}
