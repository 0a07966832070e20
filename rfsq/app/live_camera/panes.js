// The pictures: the frame and its reconstructions side by side, or two of them under a divider.

import { el, penOf, setText } from "../shared/browser/elements.js";
import { Divider } from "../viewer/divider.js";
import { mark } from "../viewer/mark.js";
import { Bars } from "./bars.js";
import { decibels, price } from "./words.js";

/** @typedef {import("./message.js").Model} Model */
/** @typedef {import("./words.js").Shown} Shown */
/** @typedef {import("../shared/browser/theme.js").Theme} Theme */

const FRAME = "frame"; // what the divider calls the picture itself

export class Panes {
  constructor() {
    this.frame = new Pane("Picture");
    this.methods = [new Pane(""), new Pane("")];
    this.fraction = 0.5;
    this.divider = new Divider(false, (fraction) => {
      this.fraction = fraction;
      this.paintDivided();
    });
    this.both = el("canvas", { role: "img", "aria-label": "Two pictures under a divider" });
    this.pane = el("div", { class: "pane" }, this.both, ...this.divider.nodes);
    this.divided = el("div", { class: "divided" }, this.pane);
    this.beside = el("div", { class: "beside" });
    this.root = el("div", { class: "pictures" });
    this.view = "side";
    /** @type {Model[]} */
    this.models = [];
  }

  /**
   * What is shown from now on. Pictures stay until the next frame.
   * @param {Model[]} models one or two
   * @param {"side" | "divider"} view
   * @param {Theme} theme
   */
  show(models, view, theme) {
    this.models = models;
    this.view = view;
    const panes = this.methods.slice(0, models.length);
    panes.forEach((pane, index) => {
      pane.name(models[index], theme);
    });
    this.divided.hidden = view !== "divider";
    this.frame.canvas.hidden = view === "divider";
    for (const pane of this.methods) pane.canvas.hidden = view === "divider";
    this.beside.replaceChildren(this.frame.root, ...panes.map((pane) => pane.root));
    this.root.replaceChildren(this.divided, this.beside);
    this.root.dataset.view = view;
    this.root.dataset.count = String(1 + models.length);
    if (view === "divider") this.paintDivided();
  }

  /**
   * A frame and what became of it.
   * @param {HTMLCanvasElement} frame
   * @param {ImageBitmap[]} pictures
   * @param {Shown[]} shown
   * @param {number} stages
   * @param {Theme} theme
   */
  draw(frame, pictures, shown, stages, theme) {
    this.frame.draw(frame);
    pictures.forEach((picture, index) => {
      const model = this.models[index];
      this.methods[index].draw(picture);
      this.methods[index].write(shown[index], stages, theme === "dark" ? model.dark : model.light);
    });
    if (this.view === "divider") this.paintDivided();
  }

  /** The reconstructions are of something else than what is chosen now. */
  forget() {
    for (const pane of this.methods) pane.clear();
    if (this.view === "divider") this.paintDivided();
  }

  paintDivided() {
    const [left, right] =
      this.models.length === 2 ? this.models.map((model) => model.name) : [FRAME, this.models[0]?.name];
    const { width, height } = this.frame.canvas;
    const pen = sized(this.both, width, height);
    const sides = { fraction: this.fraction, left, right };
    this.divider.paint(pen, sides, (id) => pen.drawImage(this.paneOf(id).canvas, 0, 0, width, height));
    this.divider.write(sides, (id) => this.paneOf(id).label);
  }

  /** @param {string} id */
  paneOf(id) {
    return id === FRAME
      ? this.frame
      : this.methods[
          Math.max(
            0,
            this.models.findIndex((model) => model.name === id),
          )
        ];
  }
}

class Pane {
  /** @param {string} label */
  constructor(label) {
    this.label = label;
    this.canvas = el("canvas", { width: 1, height: 1, role: "img", "aria-label": label });
    this.title = el("span", { class: "name" }, label);
    this.score = el("span", { class: "score" });
    this.price = el("div", { class: "facts" });
    this.bars = new Bars();
    const head = el("div", { class: "title" }, this.title, this.score);
    this.caption = el("figcaption", {}, head, this.price);
    this.root = el("figure", {}, this.canvas, this.caption);
  }

  /**
   * @param {Model} model
   * @param {Theme} theme
   */
  name(model, theme) {
    this.label = model.conditioning;
    this.canvas.setAttribute("aria-label", `Reconstruction, ${model.conditioning}`);
    this.title.replaceChildren(mark(model, theme), ` ${model.conditioning}`);
    if (!this.bars.root.isConnected) this.caption.append(this.bars.root);
  }

  clear() {
    const { width, height } = this.canvas;
    penOf(this.canvas).clearRect(0, 0, width, height);
    setText(this.score, "");
    setText(this.price, "");
    this.bars.clear();
  }

  /** @param {HTMLCanvasElement | ImageBitmap} picture */
  draw(picture) {
    const { width, height } = picture;
    sized(this.canvas, width, height).drawImage(picture, 0, 0);
  }

  /**
   * @param {Shown} shown
   * @param {number} stages
   * @param {string} color
   */
  write(shown, stages, color) {
    setText(this.score, decibels(shown.psnr));
    setText(this.price, price(shown));
    this.bars.write(shown.left, stages, color);
  }
}

/**
 * The pen of a canvas of this size.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
function sized(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return penOf(canvas);
}
