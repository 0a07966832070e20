// One picture on the page: its canvas, what stands under it and, in the divider's view, the divider.

import { button, el, newCanvas, penOf, setText } from "../shared/browser/elements.js";
import { Divider } from "./divider.js";
import { mark } from "./mark.js";
import { frameOf, methodOf, stagesText } from "./message.js";
import { drawScaled } from "./scaled.js";
import { place } from "./zoom.js";

const BETWEEN = " · "; // the scores of a picture, as Python writes them

/** @typedef {import("./message.js").Header} Header */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./shown.js").Shown} Shown */
/** @typedef {import("./zoom.js").Point} Point */
/** @typedef {import("../shared/browser/theme.js").Theme} Theme */

/**
 * @typedef {object} FigureActions
 * @property {(name: string) => void} highlight
 * @property {(fraction: number) => void} setFraction
 * @property {(id: string, band: boolean) => void} save
 */

/**
 * @typedef {object} Caption
 * @property {"left" | "right" | null} side of the divider, whose picture it names
 * @property {HTMLElement} root
 * @property {HTMLElement} name
 * @property {HTMLElement} stages
 * @property {HTMLElement} scores
 * @property {HTMLElement} first of them
 * @property {HTMLElement} others
 * @property {HTMLElement} rate
 * @property {string} id whose picture it names now
 * @property {Theme | null} theme of the mark that it shows
 */

/**
 * @typedef {object} Now what a figure shows
 * @property {Header} header
 * @property {State} state
 * @property {Theme} theme
 * @property {boolean} held the original is shown everywhere
 * @property {boolean} sharp
 * @property {Point | null} cursor
 * @property {(id: string) => Shown} picture
 */

export class Figure {
  /**
   * @param {string} id "divider", "original" or a method's name
   * @param {boolean} narrow
   * @param {FigureActions} actions
   */
  constructor(id, narrow, actions) {
    this.id = id;
    this.fit = 1; // zoom at which the pane shows the whole picture
    this.actions = actions;
    this.canvas = newCanvas(1, 1);
    this.canvas.setAttribute("role", "img");
    this.badge = el("span", { class: "badge", hidden: true }, "computing…");
    this.pane = el("div", { class: "pane" }, this.canvas, this.badge);
    this.divider = id === "divider" ? new Divider(narrow, actions.setFraction) : null;
    if (this.divider) this.pane.append(...this.divider.nodes);
    this.captions = this.divider ? [this.caption("left"), this.caption("right")] : [this.caption(null)];
    this.root = el("figure", { "data-figure": id }, this.pane, ...this.captions.map((caption) => caption.root));
    this.root.addEventListener("pointerenter", () => actions.highlight(this.id));
    this.root.addEventListener("pointerleave", () => actions.highlight(""));
  }

  /**
   * @param {Caption["side"]} side
   * @returns {Caption}
   */
  caption(side) {
    const [name, stages] = [el("span", { class: "name" }), el("span", { class: "stages" })];
    const [first, others] = [el("span", {}), el("span", { class: "others" })];
    const [scores, rate] = [el("span", { class: "scores" }, first, others), el("span", { class: "rate" })];
    const save = (/** @type {boolean} */ band) => this.actions.save(caption.id, band);
    const savers = el(
      "div",
      { class: "savers" },
      button("Save PNG", "Save this picture as PNG, with its caption underneath", () => save(true), {
        "data-save": "caption",
      }),
      button("Plain", "Save this picture as PNG, nothing added", () => save(false), { "data-save": "plain" }),
    );
    const facts = el("div", { class: "facts" }, stages, rate);
    const root = el("figcaption", {}, el("div", { class: "title" }, name, scores), facts, savers);
    /** @type {Caption} */
    const caption = { side, root, name, stages, scores, first, others, rate, id: "", theme: null };
    return caption;
  }

  /**
   * @param {import("./layout.js").Layout} layout
   * @param {number} ratio device pixels for each of CSS
   */
  resize({ fit, pane }, ratio) {
    this.fit = fit;
    this.canvas.width = pane.width;
    this.canvas.height = pane.height;
    this.pane.style.width = `${pane.width / ratio}px`;
    this.pane.style.height = `${pane.height / ratio}px`;
    this.root.style.setProperty("--shown", `${pane.width / ratio}px`);
  }

  /** @param {State} state */
  zoom(state) {
    return state.zoom || this.fit;
  }

  /** @param {Now} now */
  draw(now) {
    const { canvas } = this;
    const { header, state, cursor } = now;
    const zoom = this.zoom(state);
    this.badge.hidden = !this.paint(canvas, zoom, now);
    const movable = header.width * zoom > canvas.width || header.height * zoom > canvas.height;
    canvas.classList.toggle("movable", movable);
    const at = place(canvas, header, zoom, state.cx, state.cy);
    if (cursor) drawCross(penOf(canvas), { x: at.x + cursor.x * zoom, y: at.y + cursor.y * zoom }, zoom);
  }

  /**
   * The part of the picture that shows.
   * @param {HTMLCanvasElement} canvas of the pane's shape
   * @param {number} zoom pixels of the canvas for each of the picture
   * @param {Omit<Now, "theme" | "cursor">} now
   * @returns {boolean} whether another picture stands in for one that is on its way
   */
  paint(canvas, zoom, { header, state, held, sharp, picture: pictureOf }) {
    const pen = penOf(canvas);
    const at = place(canvas, header, zoom, state.cx, state.cy);
    const isMap = state.view === "error" && !held && methodOf(header, this.id) !== null;
    const smooth = !(sharp || (isMap && zoom >= 1));
    const [width, height] = [header.width * zoom, header.height * zoom];
    let incomplete = false;
    const paint = (/** @type {string} */ id) => {
      const { picture, waiting } = pictureOf(id);
      incomplete ||= waiting;
      pen.globalAlpha = waiting ? 0.6 : 1;
      if (picture) drawScaled(pen, picture.image, { ...at, width, height }, smooth);
      pen.globalAlpha = 1;
    };
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (this.divider) this.divider.paint(pen, state, paint);
    else paint(this.id);
    return incomplete;
  }

  /** @param {Now} now */
  write({ header, state, theme, held }) {
    for (const caption of this.captions) {
      const id = caption.side ? state[caption.side] : this.id;
      if (!caption.side) this.root.dataset.method = id;
      writeCaption(caption, id, theme, header, state.stage);
    }
    const isMap = state.view === "error" && methodOf(header, this.id) !== null;
    const texts = this.captions.map(({ name, stages, scores }) =>
      [name, stages, scores]
        .map((node) => node.textContent)
        .filter(Boolean)
        .join(", "),
    );
    const label = (isMap ? "Error map of " : "") + texts.join(" beside ");
    this.canvas.setAttribute("aria-label", held ? "Original" : label);
    setText(this.badge, state.view === "error" ? header.errorNote || "computing…" : "fetching…");
    this.divider?.write(state, (id) => labelOf(header, id));
  }
}

/**
 * @param {Caption} caption
 * @param {string} id whose picture it names
 * @param {Theme} theme
 * @param {Header} header
 * @param {number} stage
 */
function writeCaption(caption, id, theme, header, stage) {
  const method = methodOf(header, id);
  if (caption.id !== id || caption.theme !== theme) {
    Object.assign(caption, { id, theme });
    caption.name.replaceChildren(...(method ? [mark(method, theme)] : []), labelOf(header, id));
  }
  const frame = method && frameOf(method, stage);
  setText(caption.stages, method ? stagesText(method, stage, header.staged) : "");
  const [score, ...others] = (frame?.scores ?? sizeText(header)).split(BETWEEN);
  setText(caption.first, score);
  setText(caption.others, others.map((other) => BETWEEN + other).join(""));
  setText(caption.rate, frame?.rate ?? "");
}

/**
 * @param {Header} header
 * @param {string} id
 */
export function labelOf(header, id) {
  return methodOf(header, id)?.label ?? "Original";
}

/** @param {Header} header */
export function sizeText({ width, height }) {
  return `${width} × ${height} pixels`;
}

/**
 * Lines to the edges from a pixel, and its frame where it is large enough.
 * @param {CanvasRenderingContext2D} pen
 * @param {Point} corner of the pixel in the pane
 * @param {number} zoom
 */
function drawCross(pen, { x, y }, zoom) {
  const size = Math.max(1, zoom);
  const gap = Math.max(6, size);
  const middle = (/** @type {number} */ value) => Math.floor(value + size / 2) + 0.5;
  for (const [colour, thick] of /** @type {const} */ ([
    ["rgba(0, 0, 0, 0.55)", 3],
    ["rgba(255, 255, 255, 0.95)", 1],
  ])) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.beginPath();
    pen.moveTo(0, middle(y));
    pen.lineTo(x - gap, middle(y));
    pen.moveTo(x + size + gap, middle(y));
    pen.lineTo(pen.canvas.width, middle(y));
    pen.moveTo(middle(x), 0);
    pen.lineTo(middle(x), y - gap);
    pen.moveTo(middle(x), y + size + gap);
    pen.lineTo(middle(x), pen.canvas.height);
    if (zoom >= 3) pen.rect(x - 0.5, y - 0.5, size + 1, size + 1);
    pen.stroke();
  }
}
