// One method's plane: samples, the lines to their codes, and the codes, dead ones hollow.

import { isUsed, markOf, pointOf } from "./lives.js";

/** @typedef {import("./lives.js").Film} Film */
/** @typedef {import("./lives.js").Life} Life */
/** @typedef {import("./lives.js").View} View */
/** @typedef {import("../../shared/browser/theme.js").Colors} Colors */

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} side of the square canvas, CSS pixels
 * @param {Colors} colors
 * @param {Film} film
 * @param {Life} life
 * @param {View} view
 * @param {number} frame
 */
export function drawPanel(pen, side, colors, film, life, view, frame) {
  const { x, y, half } = film.windows[view];
  const at = (/** @type {[number, number]} */ [px, py]) =>
    /** @type {[number, number]} */ ([((px - x + half) / (2 * half)) * side, ((y - py + half) / (2 * half)) * side]);
  const color = colors.dark ? life.dark : life.light;
  pen.fillStyle = colors.page;
  pen.fillRect(0, 0, side, side);
  drawCross(pen, side, colors, at([0, 0]));

  const marks = Array.from({ length: film.codes }, (_, k) => at(markOf(film, life, view, frame, k)));
  const points = Array.from({ length: film.count }, (_, i) => at(pointOf(film, life, view, frame, i)));
  pen.strokeStyle = color;
  pen.globalAlpha = colors.dark ? 0.45 : 0.4;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const [i, point] of points.entries()) {
    pen.moveTo(...point);
    pen.lineTo(...marks[life.indices[frame * film.count + i]]);
  }
  pen.stroke();
  pen.globalAlpha = 0.9;
  pen.fillStyle = color;
  for (const [px, py] of points) pen.fillRect(px - 1.2, py - 1.2, 2.4, 2.4);
  pen.globalAlpha = 1;
  const used = (/** @type {number} */ k) => isUsed(film, life, frame, k);
  for (const [k, mark] of marks.entries()) if (!used(k)) drawMark(pen, mark, colors.page, colors.soft, 4);
  for (const [k, mark] of marks.entries()) if (used(k)) drawMark(pen, mark, color, colors.text, 4.5);
  pen.strokeStyle = colors.grid;
  pen.lineWidth = 1;
  pen.strokeRect(0.5, 0.5, side - 1, side - 1);
}

/**
 * A length of 1 in the lower left corner: the ruler of all planes.
 * @param {CanvasRenderingContext2D} pen
 * @param {number} side
 * @param {Colors} colors
 * @param {import("./lives.js").Window} window
 */
export function drawRuler(pen, side, colors, { half }) {
  const [left, y, length] = [10, side - 10, side / (2 * half)];
  pen.strokeStyle = colors.text;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const x of [left, left + length]) {
    pen.moveTo(x, y - 4);
    pen.lineTo(x, y + 4);
  }
  pen.moveTo(left, y);
  pen.lineTo(left + length, y);
  pen.stroke();
  pen.font = `14px ${colors.font}`;
  pen.fillStyle = colors.text;
  pen.textAlign = "center";
  pen.textBaseline = "bottom";
  pen.fillText("1", left + length / 2, y - 4);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {[number, number]} centre
 * @param {string} fill
 * @param {string} stroke
 * @param {number} radius
 */
function drawMark(pen, [px, py], fill, stroke, radius) {
  pen.beginPath();
  pen.arc(px, py, radius, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.strokeStyle = stroke;
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
}

/**
 * The axes through 0.
 * @param {CanvasRenderingContext2D} pen
 * @param {number} side
 * @param {Colors} colors
 * @param {[number, number]} zero
 */
function drawCross(pen, side, colors, [px, py]) {
  pen.strokeStyle = colors.grid;
  pen.globalAlpha = 0.6;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(px, 0);
  pen.lineTo(px, side);
  pen.moveTo(0, py);
  pen.lineTo(side, py);
  pen.stroke();
  pen.globalAlpha = 1;
}
