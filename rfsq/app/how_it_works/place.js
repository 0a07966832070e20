// The place: the photo with the token's square, moved by clicks and arrow keys, and the token's own pixels beside it.

import { el } from "../shared/browser/elements.js";
import { drawBlock, framed, pictureOf } from "./maps.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */

/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Place {
  /**
   * @param {(place: { row: number, column: number }) => void} go
   * @param {(rows: number, columns: number) => void} move by so many tokens
   */
  constructor(go, move) {
    this.block = el("canvas", { class: "block", role: "img", "aria-label": "The token's own pixels, enlarged" });
    this.made = el("canvas", { class: "block", role: "img", "aria-label": "What the decoder makes of them" });
    this.where = el("p", { class: "where", "aria-live": "polite" });
    const label = "Photo. Click, or use the arrow keys, to choose a token.";
    this.photo = el("div", { class: "photo", tabindex: 0, role: "application", "aria-label": label });
    this.photo.addEventListener("click", (event) => {
      if (this.path && this.box) go(tokenAt(this.path.grid, this.box.root.getBoundingClientRect(), event));
    });
    this.photo.addEventListener("keydown", (event) => {
      const way = MOVES[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      move(...way);
    });
    const blocks = el("div", { class: "blocks" }, this.block, el("span", { "aria-hidden": "true" }, "→"), this.made);
    this.root = el("div", { class: "place" }, this.photo, el("div", { class: "beside" }, blocks, this.where));
    /** @type {Path | null} */
    this.path = null;
    /** @type {import("./maps.js").Framed | null} */
    this.box = null;
    /** @type {ImageBitmap[]} */
    this.bitmaps = [];
  }

  /**
   * @param {Path} path
   * @param {ImageBitmap[]} bitmaps the photo, then the pictures
   */
  still(path, bitmaps) {
    this.path = path;
    this.bitmaps = bitmaps;
    this.box = framed(path, pictureOf(path, bitmaps[0]));
    this.photo.replaceChildren(this.box.root);
  }

  /**
   * @param {Path} path
   * @param {State} state
   */
  show(path, state) {
    this.box?.place(state);
    drawBlock(this.block, path, this.bitmaps[0], state);
    drawBlock(this.made, path, this.bitmaps[this.bitmaps.length - 1], state);
    const token = el("strong", {}, `Row ${state.row}, column ${state.column}`);
    const told = ` of ${path.grid[0]} × ${path.grid[1]} tokens: ${path.factor} × ${path.factor} pixels, and decoded.`;
    this.where.replaceChildren(token, told);
  }
}

/**
 * The token under the pointer.
 * @param {[number, number]} grid rows and columns
 * @param {{ left: number, top: number, width: number, height: number }} box of the photo on the page
 * @param {{ clientX: number, clientY: number }} pointer
 */
export function tokenAt([rows, columns], box, { clientX, clientY }) {
  return {
    row: Math.floor((rows * (clientY - box.top)) / box.height),
    column: Math.floor((columns * (clientX - box.left)) / box.width),
  };
}
