// What a stage computes: the names of the code above the numbers of one channel.

import { el } from "../shared/browser/elements.js";
import { decimal, grouped } from "../shared/browser/numbers.js";
import { indexAt, isLeftOut, statistic, valueAt } from "./path.js";
import { number, oneStop, symbol } from "./symbols.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */
/** @typedef {import("../shared/browser/elements.js").Child} Child */
/** @typedef {[Child[], Child[]]} Formula words and numbers */

/**
 * @param {Path} path
 * @param {number} k the stage, from 0
 * @param {State} state
 */
export function formulas(path, k, state) {
  const lines = isLeftOut(path.stages[k], state.channel) ? leftOut(path, k, state) : coded(path, k, state);
  const list = el("ol", { class: "formulas" }, ...[entering(path, k, state), ...lines].map(line));
  oneStop(list);
  return list;
}

/** @param {Formula} formula */
function line([words, numbers]) {
  return el("li", {}, el("span", { class: "words" }, ...words), el("span", { class: "numbers" }, ...numbers));
}

/**
 * Numbers of the stage for the channel, as text and as parts of the page.
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 */
function reader(path, k, state) {
  const get = (/** @type {string} */ name) => valueAt(path, `${name}${k}`, state, state.channel);
  const shown = (/** @type {string} */ name) => number(name, decimal(get(name)));
  return { get, shown };
}

/**
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 * @returns {Formula}
 */
function entering(path, k, state) {
  const { shown } = reader(path, k, state);
  if (k > 0) return [[symbol("residual"), ` = what stage ${k} left`], [shown("residual")]];
  const from = path.same ? " = z, the encoder's number in deviations of its channel" : " = z, from the encoder";
  if (path.conditioning !== "geometric") return [[symbol("residual"), from], [shown("residual")]];
  const z = decimal(valueAt(path, "latents", state, state.channel));
  return [
    ["z bounded: ", symbol("residual"), " = c · tanh(z / c)"],
    ["z = ", z, " → ", shown("residual")],
  ];
}

/**
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 * @returns {Formula[]}
 */
function leftOut(path, k, state) {
  const { shown } = reader(path, k, state);
  const words = ["This stage leaves channel ", String(state.channel + 1), " out: ", symbol("step"), " = 0"];
  return [[words, [symbol("remainder"), " = ", shown("remainder")]]];
}

/**
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 * @returns {Formula[]}
 */
function coded(path, k, state) {
  const { shown } = reader(path, k, state);
  const undo = { scale: ": / scale", gain: ": − bias, / gain, · std, + mean", step: ": / factor", none: ": unchanged" };
  const next = k + 1 < path.stages.length ? `, on to stage ${k + 2}` : ", not coded";
  let total = 0;
  for (let j = 0; j <= k; j += 1) total += valueAt(path, `step${j}`, state, state.channel);
  /** @returns {Formula[]} */
  const ours = () => [
    conditioned(path, k, state),
    ...chosen(path, k, state),
    [[symbol("step"), " = undo(", symbol("codes"), ")", undo[conditioningOf(path, k)]], [shown("step")]],
  ];
  return [
    ...(path.kind === "own" ? [asked(path, k, state)] : ours()),
    [
      [symbol("remainder"), " = ", symbol("residual"), " − ", symbol("step"), next],
      [shown("residual"), " − ", shown("step"), " = ", shown("remainder")],
    ],
    [[symbol("quantized"), " = the steps so far, to the decoder"], [number("quantized", decimal(total))]],
  ];
}

/**
 * What a quantizer from outside answers: nobody here knows how it finds it.
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 * @returns {Formula}
 */
function asked(path, k, state) {
  const { shown } = reader(path, k, state);
  const index = `${grouped(indexAt(path, k, state))} of ${grouped(path.stages[k].codebook)}`;
  return [[symbol("step"), ` = what its index ${index} stands for`], [shown("step")]];
}

/**
 * By which of its statistics a stage conditions.
 * @param {Path} path
 * @param {number} k
 */
function conditioningOf(path, k) {
  return /** @type {const} */ (["scale", "gain", "step"]).find((name) => name in path.stages[k].statistics) ?? "none";
}

/**
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 * @returns {Formula}
 */
function conditioned(path, k, state) {
  const { shown } = reader(path, k, state);
  const get = (/** @type {string} */ name) => statistic(path.stages[k], name, state.channel);
  const [to, from] = [symbol("conditioned"), symbol("residual")];
  const [before, after] = [shown("residual"), shown("conditioned")];
  switch (conditioningOf(path, k)) {
    case "scale":
      return [
        [to, " = ", from, " · scale"],
        [before, ` · ${decimal(get("scale"))}`, " = ", after],
      ];
    case "gain": {
      const [mean, bias] = [get("mean"), get("bias")].map(bracketed);
      const rest = ` − ${mean}) / ${decimal(get("std"))} · ${decimal(get("gain"))} + ${bias}`;
      return [
        [to, " = (", from, " − mean) / std · gain + bias"],
        ["(", before, rest, " = ", after],
      ];
    }
    case "step":
      return [
        [to, " = ", from, " · factor of the stage"],
        [before, ` · ${decimal(get("step"))}`, " = ", after],
      ];
    default:
      return [[to, " = condition(", from, ")", ": unchanged"], [after]];
  }
}

/** @param {number} value */
function bracketed(value) {
  return value < 0 ? `(${decimal(value)})` : decimal(value);
}

/**
 * How the codes are found.
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 * @returns {Formula[]}
 */
function chosen(path, k, state) {
  const stage = path.stages[k];
  const { channel } = state;
  const { get, shown } = reader(path, k, state);
  if (path.kind === "lfq") return [[[symbol("codes"), " = the sign of ", symbol("conditioned")], [shown("codes")]]];
  if (path.kind === "fsq") {
    const bounds = stage.bound === "clamp" ? ", −1, 1)" : ")";
    const levels = stage.levels[channel];
    const nearest = [" = the nearest of ", String(levels), " levels; "];
    const digit = number("digits", String(get("digits")));
    return [
      [[symbol("bounded"), ` = ${stage.bound}(`, symbol("conditioned"), bounds], [shown("bounded")]],
      [
        [symbol("digits"), ...nearest, symbol("codes"), " = its value"],
        ["level ", digit, " of 0 … ", String(levels - 1), ": ", shown("codes")],
      ],
    ];
  }
  let distance = 0;
  for (let d = 0; d < path.channels; d += 1) {
    distance += (valueAt(path, `conditioned${k}`, state, d) - valueAt(path, `codes${k}`, state, d)) ** 2;
  }
  const words = ` = the nearest of ${grouped(stage.codebook)} vectors, all channels at once`;
  const away = `, distance of the vectors ${decimal(Math.sqrt(distance))}`;
  return [
    [
      [symbol("codes"), words],
      [shown("codes"), away],
    ],
  ];
}
