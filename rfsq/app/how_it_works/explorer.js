// The explorer: which token, stage and channel. The server hears of it once nothing moves any more.

import { el, newCanvas } from "../shared/browser/elements.js";
import { mount } from "../shared/browser/mount.js";
import { aligned, decimal, grouped, MINUS } from "../shared/browser/numbers.js";
import { Reporter } from "../shared/browser/report.js";
import { themeOf } from "../shared/browser/theme.js";
import { channelTable } from "./channel_table.js";
import { formulas } from "./formulas.js";
import { drawBlock, framed, mapOf, mapRow, pictureOf, signedColor } from "./maps.js";
import { bitsText, indexAt, largest, readPath, rms, valueAt, valuesOf, within } from "./path.js";
import { lightUp, number } from "./symbols.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */
/** @typedef {import("./maps.js").Framed} Framed */
/** @typedef {import("../shared/browser/mount.js").Component<Uint8Array>} Component */
/** @typedef {{ path: Path, state: State, bitmaps: ImageBitmap[], dark: boolean }} Now what the page shows */

const REST_MS = 350;

/**
 * Survives a remount, not a reload. before: the path of the model that was chosen before, for the same photo.
 * @type {{ state: State | null, command: number, path: Path | null, bitmaps: ImageBitmap[] | null, before: Path | null }}
 */
const kept = { state: null, command: 0, path: null, bitmaps: null, before: null };

class Explorer {
  constructor() {
    /** @type {Now | null} */
    this.now = null;
    /** @type {Framed[]} */
    this.boxes = []; // everything that shows the token's square; the first is the photo
    /** @type {[HTMLCanvasElement, ImageBitmap][]} */
    this.blocks = []; // the token's own pixels, out of a picture
    /** @type {{ root: HTMLElement, pick: HTMLElement, value: HTMLElement }[]} */
    this.channels = [];
    this.reporter = new Reporter("report", () => ({ ...kept.state, command: kept.command }), REST_MS);

    const blockLabel = "The token's 4 × 4 pixels, enlarged";
    this.block = el("canvas", { class: "block", role: "img", "aria-label": blockLabel });
    this.where = el("p", { class: "where", "aria-live": "polite" });
    const photoLabel = "Photo. Click, or use the arrow keys, to choose a token.";
    this.photo = el("div", { class: "photo", tabindex: 0, role: "application", "aria-label": photoLabel });
    this.photo.addEventListener("click", (event) => this.pick(event));
    this.photo.addEventListener("keydown", (event) => this.onKey(event));
    this.latents = el("div", { class: "maps latents" });
    this.scale = el("div", { class: "scale" });
    this.pictures = el("div", {
      ...{ class: "maps pictures", role: "group", tabindex: 0, "aria-label": "The picture after each stage" },
    });
    this.bits = el("p", { class: "bits" });
    this.note = el("p", { class: "old" });
    this.stages = el("div", { class: "stages" });
    this.root = this.box();
    lightUp(this.root);
  }

  destroy() {
    this.reporter.end();
  }

  box() {
    const beside = el("div", { class: "beside" }, this.block, this.where);
    const latents = el("h2", {}, "Latent z, a map for each channel");
    const pictures = el("h2", {}, "The picture grows");
    return el(
      "div",
      { class: "explorer" },
      el("div", { class: "left" }, this.photo, beside),
      el("div", { class: "right" }, latents, this.latents, this.scale, pictures, this.pictures, this.bits),
      el("div", { class: "below" }, el("h2", {}, "Stage by stage"), this.note, this.stages),
    );
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Component} component
   */
  async receive(bytes, { setStateValue }) {
    this.reporter.send = setStateValue;
    const path = readPath(bytes);
    const old = kept.path;
    if (old && old.photo !== path.photo) kept.before = null;
    else if (old && old.model !== path.model) kept.before = old;
    const same = old?.photo === path.photo && old.model === path.model;
    kept.path = path;
    if (kept.command !== path.command || !kept.state) {
      kept.state = path.state;
      kept.command = path.command;
      this.reporter.agree();
    }
    kept.state = within(kept.state, path);
    const bitmaps = (same && kept.bitmaps) || (await Promise.all(path.files.map((file) => createImageBitmap(file))));
    if (kept.path !== path) return; // a newer message came meanwhile
    kept.bitmaps = bitmaps;
    this.now = { path, state: kept.state, bitmaps, dark: themeOf(this.root) === "dark" };
    this.showStill(this.now);
    this.show(this.now);
  }

  // ---- what does not depend on the token -----------------------------------------------------------------------

  /** @param {Now} now */
  showStill(now) {
    const { path, bitmaps, dark } = now;
    for (const [name, colors] of Object.entries(path.symbols)) {
      this.root.style.setProperty(`--${name}`, colors[Number(dark)]);
    }
    const photo = framed(path, pictureOf(path, bitmaps[0]));
    this.photo.replaceChildren(photo.root);
    this.boxes = [photo];
    this.blocks = [[this.block, bitmaps[0]]];
    this.showLatents(now);
    this.pictures.replaceChildren(...bitmaps.slice(1).map((bitmap, k) => this.grown(path, bitmap, k)));
    this.bits.textContent = price(path);
  }

  /** @param {Now} now */
  showLatents({ path, dark }) {
    const scale = largest(valuesOf(path, "latents"));
    this.channels = Array.from({ length: path.channels }, (_, channel) => {
      const box = framed(path, mapOf(path, "latents", channel, scale, dark));
      this.boxes.push(box);
      const text = String(channel + 1);
      const onclick = () => this.set({ channel });
      const pick = el("button", { type: "button", onclick, title: `Write out channel ${text}` }, text);
      const value = el("span", { class: "n" });
      const root = el("figure", { "data-channel": channel }, box.root, el("figcaption", {}, pick, value));
      return { root, pick, value };
    });
    this.latents.replaceChildren(...this.channels.map(({ root }) => root));
    const stops = Array.from({ length: 9 }, (_, i) => `rgb(${signedColor(i / 4 - 1, dark).join(" ")})`);
    const ramp = el("i");
    ramp.style.background = `linear-gradient(90deg,${stops.join(",")})`;
    const told = el("span", {}, "one scale for all channels, grey is 0");
    this.scale.replaceChildren(`${MINUS}${decimal(scale)}`, ramp, decimal(scale), told);
  }

  /**
   * The picture after k stages.
   * @param {Path} path
   * @param {ImageBitmap} bitmap
   * @param {number} k
   */
  grown(path, bitmap, k) {
    const box = framed(path, pictureOf(path, bitmap));
    this.boxes.push(box);
    const block = newCanvas(1, 1);
    block.className = "block";
    this.blocks.push([block, bitmap]);
    const bits = bitsText(path.stages.slice(0, k).reduce((sum, stage) => sum + stage.bits, 0));
    const name = el("span", {}, k ? `stage ${k}` : "no stage", el("small", {}, `${bits} bits`));
    return el("figure", {}, box.root, el("figcaption", {}, block, name));
  }

  // ---- what does -----------------------------------------------------------------------------------------------

  /** @param {Now} now */
  show(now) {
    const { path, state } = now;
    for (const box of this.boxes) box.place(state);
    for (const [canvas, bitmap] of this.blocks) drawBlock(canvas, path, bitmap, state);
    const token = el("strong", {}, `Row ${state.row}, column ${state.column}`);
    this.where.replaceChildren(token, ` of ${path.grid[0]} × ${path.grid[1]} tokens. Its 4 × 4 pixels.`);
    this.channels.forEach(({ pick, value }, channel) => {
      value.textContent = aligned(valueAt(path, "latents", state, channel));
      pick.setAttribute("aria-pressed", String(channel === state.channel));
    });
    this.note.textContent = kept.before ? compared(kept.before, path) : "";
    const stages = path.stages.map((_, k) => (k + 1 === state.stage ? this.open(now, k) : this.folded(now, k)));
    this.stages.replaceChildren(...stages);
  }

  /**
   * @param {Now} now
   * @param {number} k from 0
   */
  heading({ path, state }, k) {
    const { bits, codebook } = path.stages[k];
    return [
      el("strong", {}, `Stage ${k + 1}`),
      el("span", {}, `index ${grouped(indexAt(path, k, state))} of ${grouped(codebook)}`),
      el("span", {}, `${bitsText(bits)} bits`),
    ];
  }

  /**
   * @param {Now} now
   * @param {number} k
   */
  folded(now, k) {
    const { path, state } = now;
    const size = (/** @type {string} */ name) => number(name, decimal(rms(path, `${name}${k}`, state)));
    return el(
      "button",
      { type: "button", class: "fold", "aria-expanded": "false", onclick: () => this.set({ stage: k + 1 }) },
      el("i", {}, "▸"),
      ...this.heading(now, k),
      el("span", {}, "adds RMS ", size("step")),
      el("span", {}, "leaves RMS ", size("remainder")),
    );
  }

  /**
   * @param {Now} now
   * @param {number} k
   */
  open(now, k) {
    const { path, state, dark } = now;
    const [before, after] = ["residual", "remainder"].map((name) => decimal(rms(path, `${name}${k}`, state)));
    const leaves = el("span", {}, "RMS ", before, " → ", after);
    const channel = `Channel ${state.channel + 1}`;
    const written = el("div", {}, el("p", { class: "of" }, `${channel}, written out:`), formulas(path, k, state));
    const maps = el("div", {}, el("p", { class: "of" }, `${channel} of all tokens:`), mapRow(path, k, state, dark));
    return el(
      "section",
      { class: "open", "aria-label": `Stage ${k + 1}` },
      el("div", { class: "title" }, el("i", {}, "▾"), ...this.heading(now, k), leaves),
      el("div", { class: "parts" }, written, maps),
      channelTable(path, k, state, kept.before, (chosen) => this.set({ channel: chosen })),
    );
  }

  // ---- moving --------------------------------------------------------------------------------------------------

  /** @param {Partial<State>} change */
  set(change) {
    if (!this.now) return;
    kept.state = within({ ...this.now.state, ...change }, this.now.path);
    this.now = { ...this.now, state: kept.state };
    this.show(this.now);
    this.reporter.later();
  }

  /** @param {MouseEvent} event */
  pick(event) {
    if (!this.now) return;
    const box = this.boxes[0].root.getBoundingClientRect();
    const [rows, columns] = this.now.path.grid;
    const row = Math.floor((rows * (event.clientY - box.top)) / box.height);
    const column = Math.floor((columns * (event.clientX - box.left)) / box.width);
    this.set({ row, column });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.now) return;
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const { row, column } = this.now.state;
    this.set({ row: row + move[0], column: column + move[1] });
  }
}

/**
 * What a token and the photo's side information cost.
 * @param {Path} path
 */
function price({ stages, grid: [rows, columns], sideBits }) {
  const total = stages.reduce((sum, stage) => sum + stage.bits, 0);
  const side = stages.reduce((sum, stage) => sum + stage.side * sideBits, 0);
  const sum = stages.length > 1 ? ` = ${bitsText(total)}` : "";
  const token = `This token costs ${stages.map((stage) => bitsText(stage.bits)).join(" + ")}${sum} bits.`;
  if (!side) return token;
  const once = `once for all its ${grouped(rows * columns)} tokens: mean and std of each channel and stage.`;
  return `${token} The photo costs ${grouped(side)} bits more, ${once}`;
}

/**
 * How the grey dots of the model before are to be read.
 * @param {Path} before
 * @param {Path} path
 */
function compared(before, { channels }) {
  return before.channels === channels
    ? `Grey dots: the same token in ${before.label}; a grey triangle lies beyond the line. Each model has an encoder of its own, so even z differs.`
    : `${before.label} has ${before.channels} channels instead of ${channels}, so its path is not drawn here.`;
}

export default mount(() => new Explorer());
