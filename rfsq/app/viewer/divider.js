// Two pictures in one pane with a line between them that the hand moves.

import { el, setText } from "../shared/browser/elements.js";

/** @typedef {Pick<import("./state.js").State, "fraction" | "left" | "right">} Sides */

const STEPS = 1000;

export class Divider {
  /**
   * @param {boolean} down the line lies across: top and bottom
   * @param {(fraction: number) => void} move
   */
  constructor(down, move) {
    this.down = down;
    const end = down ? " down" : "";
    this.line = el("span", { class: `line${end}` });
    this.left = el("span", { class: "side-name first" });
    this.right = el("span", { class: `side-name last${end}` });
    this.input = el("input", {
      ...{ type: "range", min: 0, max: STEPS, class: `divide${end}` },
      ...{ "aria-label": "Position of the divider", title: "Drag to move the divider" },
    });
    this.input.addEventListener("input", () => move(Number(this.input.value) / STEPS));
    this.nodes = [this.line, this.left, this.right, this.input];
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Sides} state
   * @param {(id: string) => void} paint
   */
  paint(pen, { fraction, left, right }, paint) {
    const [first, last] = halves(pen.canvas, fraction, this.down);
    for (const [box, id] of /** @type {const} */ ([
      [first, left],
      [last, right],
    ])) {
      pen.save();
      pen.beginPath();
      pen.rect(box.x, box.y, box.width, box.height);
      pen.clip();
      paint(id);
      pen.restore();
    }
  }

  /**
   * The line, in a drawing that has no elements above it.
   * @param {CanvasRenderingContext2D} pen
   * @param {Sides} state
   * @param {number} factor pixels of the drawing for each of CSS
   */
  mark(pen, { fraction }, factor) {
    const [{ width, height }] = halves(pen.canvas, fraction, this.down);
    for (const [colour, thick] of /** @type {const} */ ([
      ["rgb(0 0 0 / 60%)", 5],
      ["#ffffff", 3],
    ])) {
      const half = (thick * factor) / 2;
      pen.fillStyle = colour;
      if (this.down) pen.fillRect(0, height - half, width, 2 * half);
      else pen.fillRect(width - half, 0, 2 * half, height);
    }
  }

  /**
   * @param {Sides} state
   * @param {(id: string) => string} labelOf
   */
  write({ fraction, left, right }, labelOf) {
    this.line.style[this.down ? "top" : "left"] = `${fraction * 100}%`;
    const value = String(Math.round(fraction * STEPS));
    if (this.input.value !== value) this.input.value = value;
    this.input.setAttribute("aria-valuetext", `${Math.round(fraction * 100)} %`);
    setText(this.left, labelOf(left));
    setText(this.right, labelOf(right));
  }
}

/**
 * The two parts of a pane, cut at a whole pixel.
 * @param {import("./zoom.js").Size} pane
 * @param {number} fraction
 * @param {boolean} down
 */
export function halves({ width, height }, fraction, down) {
  const cut = Math.round((down ? height : width) * fraction);
  return down
    ? [
        { x: 0, y: 0, width, height: cut },
        { x: 0, y: cut, width, height: height - cut },
      ]
    : [
        { x: 0, y: 0, width: cut, height },
        { x: cut, y: 0, width: width - cut, height },
      ];
}
