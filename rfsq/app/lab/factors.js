// A slider for each stage on a log scale. While one is dragged the server is told at most every 120 ms.

import { el, setText } from "../shared/browser/elements.js";
import { VERSION } from "../shared/browser/envelope.js";
import { mount } from "../shared/browser/mount.js";
import { factorAt, rangeOf, shareOf } from "./log_scale.js";

const EVERY_MS = 120;
const STEPS = 1000;

/**
 * @typedef {object} Data
 * @property {number[]} factors
 * @property {number[]} fitted where a tick marks the best of the grid
 * @property {string} what "factor" or "gain"
 * @property {string} setting all else that the factors belong to
 * @property {number} low
 * @property {number} high
 */

/** @typedef {{ root: HTMLElement, input: HTMLInputElement, value: HTMLElement, tick: HTMLElement, factor: number }} Row */
/** @typedef {import("../shared/browser/mount.js").Component<Data>} Component */

class Factors {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.what = "";
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Row | null} */
    this.held = null; // a slider in the hand knows better than the server, which answers to where it was
    this.changed = false;
    this.told = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {Component["setStateValue"]} */
    this.send = () => {};
    this.root = el("div", { class: "factors" });
  }

  destroy() {
    clearTimeout(this.timer);
  }

  /**
   * @param {Data} data
   * @param {Component} component
   */
  receive(data, { setStateValue }) {
    this.data = data;
    this.send = setStateValue;
    if (this.rows.length !== data.factors.length || this.what !== data.what) this.build();
    const range = rangeOf(data);
    this.rows.forEach((row, k) => {
      if (row !== this.held) this.place(row, data.factors[k]);
      row.tick.style.left = `${100 * shareOf(range, data.fitted[k])}%`;
      row.tick.title = `best of the grid: ${written(data.fitted[k])}`;
    });
  }

  build() {
    this.what = this.data.what;
    this.rows = this.data.factors.map((_, k) => this.row(`${this.what} of stage ${k + 1}`));
    this.root.replaceChildren(...this.rows.map((row) => row.root));
  }

  /** @param {string} name */
  row(name) {
    const input = el("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": name });
    const value = el("output");
    const tick = el("span", { class: "tick" });
    const track = el("span", { class: "track" }, input, tick);
    const root = el("label", {}, el("span", { class: "name" }, name), track, value);
    const row = { root, input, value, tick, factor: 1 };
    input.addEventListener("input", () => this.moved(row));
    input.addEventListener("pointerdown", () => (this.held = row));
    for (const end of ["change", "pointerup", "pointercancel"]) {
      input.addEventListener(end, () => {
        this.held = null;
        this.tell(0);
      });
    }
    return row;
  }

  /**
   * @param {Row} row
   * @param {number} factor
   */
  place(row, factor) {
    const at = String(Math.round(STEPS * shareOf(rangeOf(this.data), factor)));
    if (row.input.value !== at) row.input.value = at;
    this.write(row, factor);
  }

  /**
   * @param {Row} row
   * @param {number} factor
   */
  write(row, factor) {
    row.factor = factor;
    setText(row.value, written(factor));
    row.input.setAttribute("aria-valuetext", written(factor));
  }

  /** @param {Row} row */
  moved(row) {
    this.write(row, factorAt(rangeOf(this.data), Number(row.input.value) / STEPS));
    this.changed = true;
    this.tell(Math.max(0, EVERY_MS - (performance.now() - this.told)));
  }

  /** @param {number} wait ms */
  tell(wait) {
    if (!this.changed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.told = performance.now();
      this.changed = false;
      const { setting } = this.data;
      this.send("factors", { version: VERSION, setting, values: this.rows.map((row) => row.factor) });
    }, wait);
  }
}

/** @param {number} factor */
function written(factor) {
  return factor >= 100 ? factor.toFixed(0) : factor.toPrecision(3);
}

export default mount((/** @type {Data} */ data) => new Factors(data));
