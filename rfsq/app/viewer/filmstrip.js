// Rows are methods, columns are stages: the picture so far, and below it what this stage added.

import { button, el, newCanvas, penOf, setText } from "../shared/browser/elements.js";
import { Bounded } from "./bounded.js";
import { evenGain, ownGain, typicalChange } from "./maps.js";
import { mark } from "./mark.js";
import { addedMap, decode, Lost, pixelsOf } from "./pictures.js";

/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("./message.js").Method} Method */
/** @typedef {import("./message.js").Frame} Frame */
/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {import("../shared/browser/theme.js").Theme} Theme */

/**
 * @typedef {object} Cell
 * @property {Method} method
 * @property {Frame} frame
 * @property {number} index of the frame, from 0
 * @property {string | null} before digest of the picture that this stage adds to
 * @property {HTMLCanvasElement} soFar
 * @property {HTMLCanvasElement} added
 * @property {HTMLElement} gain
 * @property {HTMLButtonElement} button
 */

const OPEN_FROM = 900; // CSS pixels of the viewer from which the strip is open at first

/** @type {Bounded<number>} how much a picture adds to another, by the digests of both */
const changes = new Bounded(5000, () => 1);

export class Filmstrip {
  /**
   * @param {(stage: number) => void} choose
   * @param {(name: string) => void} highlight
   */
  constructor(choose, highlight) {
    this.choose = choose;
    this.highlight = highlight;
    this.run = 0; // counts drawings: a newer one ends those before it
    /** @type {Message | null} */
    this.message = null;
    /** @type {Cell[]} */
    this.cells = [];
    this.gain = el("span", { class: "gain" });
    this.boost = el("input", { type: "checkbox", onchange: () => this.draw() });
    this.rows = el("div", { class: "film-rows" });
    this.note = el("p", { class: "film-note" });
    this.root = el(
      "details",
      { class: "film", ontoggle: () => this.draw() },
      el("summary", {}, "Filmstrip: what each stage adds"),
      el(
        "div",
        { class: "film-head" },
        el("span", {}, "Upper: so far. Lower: added by this stage, around mid-grey. "),
        this.gain,
        el("label", { title: "Give every frame its own gain and print it" }, this.boost, " boost each"),
      ),
      this.rows,
      this.note,
    );
  }

  /**
   * Open it where there is room for it.
   * @param {number} width of the viewer, CSS pixels
   */
  openFor(width) {
    this.root.open = width >= OPEN_FROM;
  }

  /**
   * Called when pictures or the theme changed.
   * @param {Message} message
   * @param {Theme} theme
   */
  build(message, theme) {
    const { live, staged, stagesOf, filmNote, methods } = message.header;
    this.message = message;
    this.root.hidden = !live || !staged || Boolean(stagesOf);
    setText(this.note, filmNote ?? "");
    this.note.hidden = !filmNote;
    this.cells = [];
    this.rows.replaceChildren(...methods.map((method) => this.row(method, message, theme)));
    this.draw();
  }

  /**
   * @param {Method} method
   * @param {Message} message
   * @param {Theme} theme
   */
  row(method, message, theme) {
    const cells = method.frames.map((_, index) => this.cell(method, index, message));
    this.cells.push(...cells);
    return el(
      "div",
      {
        ...{ class: "film-row", "data-method": method.name, role: "group", "aria-label": method.label },
        ...{ onpointerenter: () => this.highlight(method.name), onpointerleave: () => this.highlight("") },
      },
      el("div", { class: "film-name" }, mark(method, theme), el("span", {}, method.label)),
      el("div", { class: "film-frames" }, ...cells.map((cell) => cell.button)),
    );
  }

  /**
   * @param {Method} method
   * @param {number} index
   * @param {Message} message
   * @returns {Cell}
   */
  cell(method, index, { header: { width, height } }) {
    const box = () => {
      const canvas = newCanvas(1, 1);
      canvas.style.aspectRatio = `${width} / ${height}`;
      canvas.style.width = `calc(var(--film) * ${width / Math.max(width, height)})`;
      return canvas;
    };
    const [soFar, added, gain] = [box(), box(), el("span", { class: "gain" })];
    const total = method.frames.length;
    const name = total === 1 ? "1 stage" : `stage ${index + 1}`;
    const title = total === 1 ? "Its only stage" : `Show stage ${index + 1}`;
    const node = button("", title, () => total > 1 && this.choose(index + 1), { class: "film-cell" });
    node.append(soFar, added, el("span", { class: "film-label" }, name, gain));
    const before = index === 0 ? method.start : method.frames[index - 1].picture;
    return { method, frame: method.frames[index], index, before, soFar, added, gain, button: node };
  }

  /** @param {number} stage */
  write(stage) {
    for (const { method, index, button: node } of this.cells) {
      const total = method.frames.length;
      const current = total === 1 || Math.min(stage, total) === index + 1;
      node.toggleAttribute("data-current", current && total > 1);
      node.setAttribute("aria-pressed", String(current));
    }
  }

  // Two passes, because the common gain needs all changes.
  async draw() {
    const { message, root } = this;
    this.run += 1;
    const { run } = this;
    if (!root.open || root.hidden || !message) return;
    const measured = await this.each(run, message, (cell, pair) => {
      paint(cell.soFar, pair.later[1], true);
      changeOf(pair);
    });
    if (!measured) return;
    const boost = this.boost.checked;
    const common = await this.commonGain(message);
    setText(
      this.gain,
      boost
        ? "Each frame has its own gain."
        : `×${common} in every frame: how much a stage adds, not how well it uses its levels.`,
    );
    const drawn = await this.each(run, message, (cell, pair) => {
      const gain = boost ? ownGain(changeOf(pair)) : common;
      paint(cell.added, addedMap(pair.later, pair.earlier, gain), false);
      setText(cell.gain, ` ×${gain}`);
    });
    if (drawn) root.dataset.drawn = message.header.digest;
  }

  /**
   * Do something with every frame, with time for input between them.
   * @param {number} run
   * @param {Message} message
   * @param {(cell: Cell, pair: Pair) => void} act
   * @returns {Promise<boolean>} false when a newer drawing ended it, or a picture is missing
   */
  async each(run, message, act) {
    for (const cell of this.cells) {
      const pair = await pictures(cell, message);
      if (run !== this.run || !pair) return false;
      act(cell, pair);
      await new Promise((done) => setTimeout(done));
      if (run !== this.run) return false;
    }
    return true;
  }

  /**
   * Set by the strongest second stage: the first stage draws the picture and would hide all that follows.
   * @param {Message} message
   */
  async commonGain(message) {
    const later = this.cells.filter((cell) => cell.index === 1);
    const pairs = await Promise.all((later.length ? later : this.cells).map((cell) => pictures(cell, message)));
    return evenGain(Math.max(...pairs.map((pair) => (pair ? changeOf(pair) : 1))));
  }
}

/** @typedef {{ later: [string, Picture], earlier: [string, Picture] }} Pair */

/**
 * Null, too, where the server has a picture no more: the viewer, which needs the same ones, says so.
 * @param {Cell} cell
 * @param {Message} message
 * @returns {Promise<Pair | null>}
 */
async function pictures({ frame, before }, { header }) {
  const [later, earlier] = await Promise.all([
    decode(frame.picture, header.folder),
    decode(before, header.folder),
  ]).catch((error) => {
    if (error instanceof Lost) return [null, null];
    throw error;
  });
  if (!frame.picture || !before || !later || !earlier) return null;
  return { later: [frame.picture, later], earlier: [before, earlier] };
}

/** @param {Pair} pair */
function changeOf({ later, earlier }) {
  const key = `${later[0]}:${earlier[0]}`;
  return changes.recall(key) ?? changes.keep(key, typicalChange(pixelsOf(later[1]), pixelsOf(earlier[1])));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 * @param {boolean} smooth
 */
function paint(canvas, picture, smooth) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const pen = penOf(canvas);
  pen.imageSmoothingEnabled = smooth && canvas.width < picture.width * 3;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture.image, 0, 0, canvas.width, canvas.height);
}
