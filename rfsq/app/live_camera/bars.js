// What each stage leaves, as bars that move with the picture.

import { el, setText } from "../shared/browser/elements.js";
import { percent } from "./words.js";

const MOST = 1.5; // share at which a bar is full: a stage can overshoot, and leave more than it got

/**
 * How long a bar is, 0 … 1.
 * @param {number} share
 */
export function lengthOf(share) {
  return Math.min(1, share / MOST);
}

export class Bars {
  constructor() {
    this.root = el("div", { class: "bars", role: "group", "aria-label": "Left over after each stage" });
    this.root.style.setProperty("--all", `${100 * lengthOf(1)}%`); // where all is left
    /** @type {{ row: HTMLElement, fill: HTMLElement, value: HTMLElement }[]} */
    this.rows = [];
  }

  /**
   * @param {number[]} left shares, one for each stage
   * @param {number} stages that the picture has
   * @param {string} color
   */
  write(left, stages, color) {
    if (this.rows.length !== left.length) this.build(left.length);
    left.forEach((share, index) => {
      const { row, fill, value } = this.rows[index];
      fill.style.setProperty("--part", `${100 * lengthOf(share)}%`);
      fill.style.setProperty("--color", color);
      row.toggleAttribute("data-unused", index >= stages);
      setText(value, `${percent(share)} left`);
    });
  }

  /** Nothing is known. The rows stay, so that nothing moves. */
  clear() {
    for (const { fill, value } of this.rows) {
      fill.style.setProperty("--part", "0%");
      setText(value, "–");
    }
  }

  /** @param {number} count */
  build(count) {
    this.rows = Array.from({ length: count }, (_, index) => {
      const fill = el("span", { class: "fill" });
      const value = el("span", { class: "value" });
      const track = el("span", { class: "track", "aria-hidden": "true" }, fill);
      const row = el("div", { class: "bar" }, el("span", { class: "stage" }, `stage ${index + 1}`), track, value);
      return { row, fill, value };
    });
    this.root.replaceChildren(...this.rows.map(({ row }) => row));
  }
}
