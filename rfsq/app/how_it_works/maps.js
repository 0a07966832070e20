// Pictures of tokens: maps of a channel, the photo and a token's block of it, each with a square at the token.

import { el, newCanvas, penOf } from "../shared/browser/elements.js";
import { decimal } from "../shared/browser/numbers.js";
import { largest, valuesOf } from "./path.js";
import { symbol } from "./symbols.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */
/** @typedef {{ root: HTMLElement, place: (state: State) => void }} Framed `place` moves the square to the token */

/**
 * Red, green and blue of a value in [−1, 1]: cool below zero, the page's grey at zero, warm above.
 * @param {number} value
 * @param {boolean} dark
 */
export function signedColor(value, dark) {
  const neutral = dark ? [38, 42, 50] : [242, 243, 245];
  const [warm, cool] = dark
    ? [
        [255, 140, 84],
        [96, 165, 250],
      ]
    : [
        [178, 52, 20],
        [20, 82, 160],
      ];
  const end = value > 0 ? warm : cool;
  const share = Math.min(1, Math.abs(value)) ** 0.8;
  return neutral.map((channel, n) => Math.round(channel + share * (end[n] - channel)));
}

/**
 * A channel of all tokens, one pixel each.
 * @param {Path} path
 * @param {string} name
 * @param {number} channel
 * @param {number} scale the value of the strongest colours
 * @param {boolean} dark
 */
export function mapOf(path, name, channel, scale, dark) {
  const [rows, columns] = path.grid;
  const canvas = newCanvas(columns, rows);
  const pen = penOf(canvas);
  const image = pen.createImageData(columns, rows);
  const values = valuesOf(path, name);
  for (let i = 0; i < rows * columns; i += 1) {
    image.data.set([...signedColor(values[channel * rows * columns + i] / scale, dark), 255], 4 * i);
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/**
 * The picture on the grid of whole tokens: where the last block is cut by the edge, the rest stays empty.
 * @param {Path} path
 * @param {ImageBitmap} bitmap
 */
export function pictureOf({ grid: [rows, columns], factor }, bitmap) {
  const canvas = newCanvas(columns * factor, rows * factor);
  penOf(canvas).drawImage(bitmap, 0, 0);
  return canvas;
}

/**
 * The token's own pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {Path} path
 * @param {ImageBitmap} bitmap
 * @param {State} state
 */
export function drawBlock(canvas, { factor }, bitmap, { row, column }) {
  canvas.width = factor;
  canvas.height = factor;
  penOf(canvas).drawImage(bitmap, column * factor, row * factor, factor, factor, 0, 0, factor, factor);
}

/**
 * A picture or map in a box, with the token's square over it.
 * @param {Path} path
 * @param {HTMLCanvasElement} canvas
 * @returns {Framed}
 */
export function framed({ grid: [rows, columns] }, canvas) {
  const square = el("i", { class: "square" });
  const root = el("span", { class: "framed" }, canvas, square);
  root.style.aspectRatio = `${columns} / ${rows}`;
  square.style.width = `${100 / columns}%`;
  square.style.height = `${100 / rows}%`;
  const place = (/** @type {State} */ { row, column }) => {
    square.style.left = `${(100 * column) / columns}%`;
    square.style.top = `${(100 * row) / rows}%`;
  };
  return { root, place };
}

/**
 * The way of one channel through stage k as pictures, each with its scale printed.
 * @param {Path} path
 * @param {number} k
 * @param {State} state
 * @param {boolean} dark
 */
export function mapRow(path, k, state, dark) {
  const { channel } = state;
  const [rows, columns] = path.grid;
  const own = (/** @type {string} */ name) =>
    largest(valuesOf(path, `${name}${k}`).subarray(channel * rows * columns, (channel + 1) * rows * columns));
  const compared = ["residual", "step", "remainder"];
  const shared = Math.max(...compared.map(own));
  const inside = path.kind === "own" ? [] : ["conditioned", ...(path.kind === "fsq" ? ["bounded"] : []), "codes"];
  const names = ["residual", ...inside, "step", "remainder"];
  const figures = names.map((name) => {
    const scale = compared.includes(name) ? shared : own(name);
    const box = framed(path, mapOf(path, `${name}${k}`, channel, scale, dark));
    box.place(state);
    return el("figure", {}, box.root, el("figcaption", {}, symbol(name), el("small", {}, `±${decimal(scale)}`)));
  });
  const label = `Maps of channel ${channel + 1} at stage ${k + 1}`;
  return el("div", { class: "maps way", role: "group", tabindex: 0, "aria-label": label }, ...figures);
}
