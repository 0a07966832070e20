// A row for each stage: how much of it is used, and where the sample that is followed goes.

import { el } from "../shared/browser/elements.js";
import { aligned, MINUS } from "../shared/browser/numbers.js";
import { codeOf, residualOf } from "./run.js";

/** @typedef {import("./run.js").Run} Run */
/** @typedef {import("./run.js").Pair} Pair */
/** @typedef {import("./run.js").State} State */

const HEAD = ["stage", "entropy", "levels used", "cells", "RMS left", "the sample", "sent to"];

export class StageTable {
  /** @param {(stage: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.root = el("div", { class: "scroll", role: "group", tabindex: 0, "aria-label": "Numbers of every stage" });
    this.shown = ""; // what the table was made of
  }

  /**
   * @param {Run} run
   * @param {State} state
   */
  write(run, { stage, probe }) {
    const shown = JSON.stringify([run.rms, stage, probe, run.stages.map((one) => one.entropy)]);
    if (this.shown === shown) return;
    this.shown = shown;
    const head = el("tr", {}, ...HEAD.map((text) => el("th", { scope: "col" }, text)));
    const rows = run.stages.map((_, k) => this.row(run, k, k + 1 === stage, probe));
    const last = pair(residualOf(run, run.stages.length, probe));
    const title = el("th", { scope: "row", colspan: HEAD.length - 2 }, "left of the sample");
    const end = el("tr", { class: "end" }, title, el("td", {}, last), el("td"));
    this.root.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows, end)));
  }

  /**
   * @param {Run} run
   * @param {number} k from 0
   * @param {boolean} now
   * @param {number} probe
   */
  row(run, k, now, probe) {
    const { entropy, levels, used, codes } = run.stages[k];
    const use = el("span", { class: "use" }, `${entropy.toFixed(2)} of ${bitsText(run.bits, 2)} bits`);
    use.style.setProperty("--share", `${Math.min(100, (100 * entropy) / run.bits)}%`);
    const cells = [
      use,
      levels === null ? "\u2013" : `${levels.toFixed(1)}/${run.levels}`,
      `${used}/${codes.length}`,
      small(run.rms[k + 1]),
      pair(residualOf(run, k, probe)),
      pair(codeOf(run, k, probe)),
    ];
    return el(
      "tr",
      { class: now ? "now" : "", onclick: () => this.choose(k + 1) },
      el("th", { scope: "row" }, String(k + 1)),
      ...cells.map((content) => el("td", {}, content)),
    );
  }
}

/** @param {Pair} point */
export function pair([x, y]) {
  return `(${aligned(x)}, ${aligned(y)})`;
}

/**
 * Bits without decimals where they are whole.
 * @param {number} bits
 * @param {number} digits
 */
export function bitsText(bits, digits) {
  return bits.toFixed(bits % 1 ? digits : 0);
}

/**
 * Three decimals, or a power of ten where they would say nothing.
 * @param {number} value
 */
function small(value) {
  return value >= 0.0005 ? value.toFixed(3) : value.toExponential(1).replace("-", MINUS);
}
