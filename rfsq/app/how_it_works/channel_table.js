// The numbers and number lines of all channels at one stage.

import { el } from "../shared/browser/elements.js";
import { aligned, decimal } from "../shared/browser/numbers.js";
import { numberLine } from "./number_line.js";
import { isLeftOut, levelsOf, reachOf, spread, valueAt } from "./path.js";
import { number, symbol } from "./symbols.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */

/**
 * @param {Path} path
 * @param {number} k the stage, from 0
 * @param {State} state
 * @param {Path | null} before the path of another model, drawn as grey dots where it compares
 * @param {(channel: number) => void} choose
 */
export function channelTable(path, k, state, before, choose) {
  const lined = path.stages[k].levels.length > 0;
  const fsq = path.kind === "fsq";
  const reach = reachOf(path, k, state);
  const old = before?.stages[k] && before.channels === path.channels ? before : null;
  const rounding = [...(fsq ? ["bounded"] : []), ...(lined ? ["line", "digits"] : [])];
  const inside = path.kind === "own" ? [] : ["conditioned", ...rounding, "codes"];
  const names = ["residual", ...inside, "step", "back", "remainder"];
  /** @type {Record<string, string>} */
  const titles = {
    line: fsq ? "rounded, −1 … 1" : `its sign, ±${decimal(reach)}`,
    back: `residual's units, ±${decimal(reach)}`,
  };
  const heads = names.map((name) =>
    el("th", { scope: "col", class: titles[name] && "wide" }, titles[name] ?? symbol(name)),
  );
  const rows = Array.from({ length: path.channels }, (_, channel) => {
    const title = `Write out channel ${channel + 1}`;
    const now = channel === state.channel;
    const attributes = { type: "button", "aria-pressed": now ? "true" : "false", title };
    const onclick = () => choose(channel);
    const pick = el("button", { ...attributes, "aria-label": `Channel ${channel + 1}`, onclick }, String(channel + 1));
    const place = { path, k, state, channel, old, reach };
    const cells = isLeftOut(path.stages[k], channel) ? leftOut(place, names.length) : coded(place, names);
    return el("tr", { class: now && "now" }, el("th", { scope: "row" }, pick), ...cells);
  });
  const head = el("tr", {}, el("th", { scope: "col" }, "channel"), ...heads);
  const scrolls = { class: "scroll", role: "group", tabindex: 0, "aria-label": "Numbers of every channel" };
  return el("div", scrolls, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
}

/** @typedef {{ path: Path, k: number, state: State, channel: number, old: Path | null, reach: number }} Place */

/**
 * @param {Place} place
 * @param {string} name
 */
function valueCell({ path, k, state, channel }, name) {
  const text = aligned(valueAt(path, `${name}${k}`, state, channel));
  return el("td", { "data-name": name }, number(name, text));
}

/**
 * @param {Place} place
 * @param {number} columns
 */
function leftOut(place, columns) {
  const told = "left out by this stage: it stays for another";
  const middle = el("td", { colspan: columns - 2, class: "out" }, told);
  return [valueCell(place, "residual"), middle, valueCell(place, "remainder")];
}

/**
 * @param {Place} place
 * @param {string[]} names
 */
function coded(place, names) {
  const digits = () => number("digits", String(digitAt(place)));
  /** @type {Record<string, () => Node>} */
  const others = { line: () => roundingLine(place), digits, back: () => wayBack(place) };
  return names.map((name) =>
    Object.hasOwn(others, name) ? el("td", { "data-name": name }, others[name]()) : valueCell(place, name),
  );
}

/** @param {Place} place */
function digitAt({ path, k, state, channel }) {
  return valueAt(path, `digits${k}`, state, channel);
}

/**
 * The old path's value, where it has one.
 * @param {Place} place
 * @param {string} name
 */
function ghostOf({ old, k, state, channel }, name) {
  return old && !isLeftOut(old.stages[k], channel) ? valueAt(old, `${name}${k}`, state, channel) : null;
}

/**
 * What is rounded, between the levels.
 * @param {Place} place
 */
function roundingLine(place) {
  const { path, k, state, channel, old, reach } = place;
  const fsq = path.kind === "fsq";
  const digit = digitAt(place);
  const value = valueAt(path, `bounded${k}`, state, channel);
  return numberLine({
    reach: fsq ? 1 : reach,
    ticks: spread(path.stages[k].levels[channel], [-1, 1]),
    chosen: digit,
    value,
    arrow: null,
    ghost: old?.kind === path.kind ? ghostOf(place, "bounded") : null,
    label: `Channel ${channel + 1}: ${decimal(value)} is rounded to level ${digit}`,
    valueSymbol: fsq ? "bounded" : "conditioned",
    codeSymbol: "codes",
  });
}

/**
 * The step in the residual's units, and what remains from there.
 * @param {Place} place
 */
function wayBack(place) {
  const { path, k, state, channel, reach } = place;
  const stage = path.stages[k];
  const lined = stage.levels.length > 0;
  const [residual, step, remainder] = ["residual", "step", "remainder"].map((name) =>
    valueAt(path, `${name}${k}`, state, channel),
  );
  const way = `the step ${decimal(step)}, and the remainder ${decimal(remainder)} from there to the residual`;
  return numberLine({
    reach,
    ticks: lined ? levelsOf(stage, channel) : [step],
    chosen: lined ? digitAt(place) : 0,
    value: residual,
    arrow: [step, residual],
    ghost: ghostOf(place, "residual"),
    label: `Channel ${channel + 1}: ${way}`,
    valueSymbol: "residual",
    codeSymbol: "step",
  });
}
