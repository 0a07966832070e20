// One chart: a measure of all methods and seeds over the steps, drawn up to the frame that is shown.

import { curveAt, shareText } from "./lives.js";
import { apart, logAxis, shareOn, ticksOf } from "./scales.js";

/** @typedef {import("./lives.js").Film} Film */
/** @typedef {import("./lives.js").Measure} Measure */
/** @typedef {import("./panel.js").Colors} Colors */
/** @typedef {import("./scales.js").Axis} Axis */
/** @typedef {{ width: number, height: number }} Size of a chart, CSS pixels */
/** @typedef {{ left: number, right: number, top: number, bottom: number }} Box of the plot, CSS pixels */

const LINE = 16; // between two names
const SMALL = 14;
/** @type {Record<string, number[]>} plotly's names of dashes */
const DASHES = { solid: [], dot: [2, 3], dash: [7, 4], longdash: [11, 4], dashdot: [8, 3, 2, 3] };

/** @type {Record<Measure, string>} */
export const TITLES = {
  usage: "Codes used",
  perplexity: "Perplexity, in codes",
  error: "Squared error, share of the source, log",
};

/**
 * @param {Film} film
 * @param {Measure} measure
 * @returns {Axis}
 */
export function axisOf(film, measure) {
  if (measure !== "error") return { low: 0, high: measure === "usage" ? 1 : film.codes, log: false };
  return logAxis([film.floor, ...film.lives.flatMap((life) => [...life.error])]);
}

/**
 * Where the plot is on a canvas of this size.
 * @param {Size} size
 * @param {Film} film
 * @returns {Box}
 */
export function boxOf({ width, height }, film) {
  const longest = Math.max(...film.lives.map((life) => life.label.length), "k-means".length);
  return { left: 58, right: width - Math.min(width * 0.42, 30 + longest * 8), top: 10, bottom: height - 24 };
}

/**
 * The frame whose step is under a pointer.
 * @param {Film} film
 * @param {Box} box
 * @param {number} px
 */
export function frameUnder(film, box, px) {
  const last = film.steps.length - 1;
  return Math.min(last, Math.max(0, Math.round(((px - box.left) / (box.right - box.left)) * last)));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Size} size
 * @param {Colors} colors
 * @param {Film} film
 * @param {Measure} measure
 * @param {number} frame
 */
export function drawCurves(pen, size, colors, film, measure, frame) {
  const box = boxOf(size, film);
  const axis = axisOf(film, measure);
  const last = film.steps.length - 1;
  const px = (/** @type {number} */ f) => box.left + (f / last) * (box.right - box.left);
  const py = (/** @type {number} */ value) => box.bottom - shareOn(axis, value) * (box.bottom - box.top);
  pen.fillStyle = colors.page;
  pen.fillRect(0, 0, size.width, size.height);
  drawFrame(pen, colors, film, measure, axis, box, py);

  if (measure === "error") {
    pen.setLineDash([11, 4]);
    stroke(pen, colors.soft, 1.5, [
      [box.left, py(film.floor)],
      [box.right, py(film.floor)],
    ]);
  }
  for (const life of film.lives) {
    const color = colors.dark ? life.dark : life.light;
    pen.setLineDash(DASHES[life.dash] ?? []);
    for (let seed = 0; seed < film.seeds; seed += 1) {
      const line = Array.from({ length: frame + 1 }, (_, f) => [px(f), py(curveAt(film, life, measure, seed, f))]);
      pen.globalAlpha = seed === film.drawn ? 1 : 0.5;
      stroke(pen, color, seed === film.drawn ? 2.5 : 1, line);
    }
  }
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  stroke(pen, colors.soft, 1, [
    [px(frame), box.top],
    [px(frame), box.bottom],
  ]);
  drawNames(pen, colors, film, measure, frame, box, py);
}

/**
 * Grid and numbers.
 * @param {CanvasRenderingContext2D} pen
 * @param {Colors} colors
 * @param {Film} film
 * @param {Measure} measure
 * @param {Axis} axis
 * @param {Box} box
 * @param {(value: number) => number} py
 */
function drawFrame(pen, colors, film, measure, axis, box, py) {
  pen.font = `${SMALL}px ${colors.font}`;
  pen.fillStyle = colors.soft;
  pen.setLineDash([]);
  for (const tick of ticksOf(axis)) {
    const y = py(tick);
    pen.globalAlpha = 0.5;
    stroke(pen, colors.grid, 1, [
      [box.left, y],
      [box.right, y],
    ]);
    pen.globalAlpha = 1;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(measure === "perplexity" ? String(tick) : shareText(tick), box.left - 6, y);
  }
  pen.textBaseline = "top";
  pen.textAlign = "left";
  pen.fillText("step 0", box.left, box.bottom + 6);
  pen.textAlign = "right";
  pen.fillText(String(film.steps.at(-1)), box.right, box.bottom + 6);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Colors} colors
 * @param {Film} film
 * @param {Measure} measure
 * @param {number} frame
 * @param {Box} box
 * @param {(value: number) => number} py
 */
function drawNames(pen, colors, film, measure, frame, box, py) {
  const names = film.lives.map((life) => ({
    glyph: life.glyph,
    label: life.label,
    color: colors.dark ? life.dark : life.light,
    y: py(curveAt(film, life, measure, film.drawn, frame)),
  }));
  if (measure === "error") names.push({ glyph: "╌", label: "k-means", color: colors.soft, y: py(film.floor) });
  const places = apart(
    names.map((name) => name.y),
    LINE,
    10,
    box.bottom + 14,
  );
  pen.textBaseline = "middle";
  for (const [i, name] of names.entries()) {
    pen.fillStyle = name.color;
    pen.textAlign = "center";
    pen.fillText(name.glyph, box.right + 14, places[i]);
    pen.fillStyle = colors.text;
    pen.textAlign = "left";
    pen.fillText(name.label, box.right + 24, places[i]);
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} color
 * @param {number} width
 * @param {number[][]} line
 */
function stroke(pen, color, width, line) {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  for (const [x, y] of line) pen.lineTo(x, y);
  pen.stroke();
}
