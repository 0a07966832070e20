// What lies around the ladder: the latent as maps, one for each channel, and the picture after every stage.

import { el, newCanvas } from "../shared/browser/elements.js";
import { aligned, decimal, grouped, MINUS } from "../shared/browser/numbers.js";
import { drawBlock, framed, mapOf, pictureOf, signedColor } from "./maps.js";
import { bitsText, largest, valueAt, valuesOf } from "./path.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */
/** @typedef {import("./maps.js").Framed} Framed */

export class Growth {
  /** @param {(channel: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    /** @type {Framed[]} */
    this.boxes = [];
    /** @type {[HTMLCanvasElement, ImageBitmap][]} */
    this.blocks = [];
    /** @type {{ root: HTMLElement, pick: HTMLElement, value: HTMLElement }[]} */
    this.channels = [];
    this.latents = el("div", { class: "maps latents" });
    this.scale = el("div", { class: "scale" });
    const told = { class: "maps pictures", role: "group", tabindex: 0, "aria-label": "The picture after each stage" };
    this.pictures = el("div", told);
    this.bits = el("p", { class: "bits" });
    const latents = el("div", {}, el("h2", {}, "Latent z, a map for each channel"), this.latents, this.scale);
    const pictures = el("div", {}, el("h2", {}, "The picture grows"), this.pictures, this.bits);
    this.root = el("div", { class: "growth" }, latents, pictures);
  }

  /**
   * @param {Path} path
   * @param {ImageBitmap[]} bitmaps the photo, then the pictures after 0 … S stages
   * @param {boolean} dark
   */
  still(path, bitmaps, dark) {
    this.boxes = [];
    this.blocks = [];
    this.showLatents(path, dark);
    this.pictures.replaceChildren(...bitmaps.slice(1).map((bitmap, k) => this.grown(path, bitmap, k)));
    this.bits.textContent = price(path);
  }

  /**
   * @param {Path} path
   * @param {boolean} dark
   */
  showLatents(path, dark) {
    const scale = largest(valuesOf(path, "latents"));
    this.channels = Array.from({ length: path.channels }, (_, channel) => {
      const box = framed(path, mapOf(path, "latents", channel, scale, dark));
      this.boxes.push(box);
      const text = String(channel + 1);
      const onclick = () => this.choose(channel);
      const pick = el("button", { type: "button", onclick, title: `Follow channel ${text}` }, text);
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

  /**
   * @param {Path} path
   * @param {State} state
   */
  show(path, state) {
    for (const box of this.boxes) box.place(state);
    for (const [canvas, bitmap] of this.blocks) drawBlock(canvas, path, bitmap, state);
    this.channels.forEach(({ pick, value }, channel) => {
      value.textContent = aligned(valueAt(path, "latents", state, channel));
      pick.setAttribute("aria-pressed", String(channel === state.channel));
    });
  }
}

/**
 * What a token and the photo's side information cost.
 * @param {Path} path
 */
export function price({ stages, grid: [rows, columns], sideBits }) {
  const total = stages.reduce((sum, stage) => sum + stage.bits, 0);
  const side = stages.reduce((sum, stage) => sum + stage.side * sideBits, 0);
  const sum = stages.length > 1 ? ` = ${bitsText(total)}` : "";
  const token = `This token costs ${stages.map((stage) => bitsText(stage.bits)).join(" + ")}${sum} bits.`;
  if (!side) return token;
  const once = `once for all its ${grouped(rows * columns)} tokens: mean and std of each channel and stage.`;
  return `${token} The photo costs ${grouped(side)} bits more, ${once}`;
}
