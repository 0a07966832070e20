// The pixel under the cursor: its colour in the original, and in every picture with the error.

import { el, setText } from "../shared/browser/elements.js";
import { mark } from "./mark.js";
import { frameOf } from "./message.js";
import { pixelsOf, recall } from "./pictures.js";

/** @typedef {import("./message.js").Header} Header */
/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {import("./zoom.js").Point} Point */

export class Readout {
  constructor() {
    this.root = el("div", { class: "readout", "aria-hidden": "true" });
    /** @type {Map<string, HTMLElement>} by method's name, "original" first */
    this.values = new Map();
  }

  /**
   * @param {Header} header
   * @param {import("../shared/browser/theme.js").Theme} theme
   */
  build({ methods }, theme) {
    this.values.clear();
    this.root.replaceChildren(
      this.cell("original", el("span", {}, "Original")),
      ...methods.map((method) => this.cell(method.name, el("span", {}, mark(method, theme), method.label))),
    );
  }

  /**
   * @param {string} id
   * @param {HTMLElement} name
   */
  cell(id, name) {
    const value = el("span", { class: "value" });
    this.values.set(id, value);
    return el("div", { class: "pixel", "data-pixel": id }, name, value);
  }

  /**
   * @param {Header} header
   * @param {number} stage
   * @param {Point | null} at
   * @returns {boolean} whether a pixel is read
   */
  write(header, stage, at) {
    const original = recall(header.original);
    const base = at && original ? colourAt(original, at) : null;
    const write = (/** @type {string} */ id, /** @type {string} */ text) => {
      const node = this.values.get(id);
      if (node) setText(node, text);
    };
    write(
      "original",
      at && base ? `x ${at.x}  y ${at.y}  RGB ${base.join(" ")}` : "point at a picture to read its pixels",
    );
    for (const method of header.methods) {
      const picture = recall(frameOf(method, stage).picture);
      write(method.name, at && base && picture ? compared(colourAt(picture, at), base) : "\u2013");
    }
    return base !== null;
  }
}

/**
 * @param {Picture} picture
 * @param {Point} at
 */
function colourAt(picture, at) {
  const from = (at.y * picture.width + at.x) * 4;
  return [...pixelsOf(picture).subarray(from, from + 3)];
}

/**
 * @param {number[]} own
 * @param {number[]} base
 */
export function compared(own, base) {
  return `${own.join(" ")}  error ${own.map((value, i) => signed(value - base[i])).join(" ")}`;
}

/** @param {number} value */
function signed(value) {
  if (value === 0) return "0";
  return value < 0 ? `\u2212${-value}` : `+${value}`;
}
