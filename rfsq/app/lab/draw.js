// Draws one stage: its cells, the samples on their way, the codes, the sample that is followed, and the axes.

import { newCanvas, penOf } from "../shared/browser/elements.js";
import { rgb } from "../shared/browser/theme.js";
import { axisNumbers, toScreen } from "./geometry.js";
import { cellOf, codeOf, positionOf, residualOf } from "./run.js";

/** @typedef {import("./geometry.js").Square} Square */
/** @typedef {import("./run.js").Run} Run */
/** @typedef {import("./run.js").Stage} Stage */
/** @typedef {import("../shared/browser/theme.js").Colors & { method: string }} Colors */

/**
 * @typedef {object} Scene
 * @property {CanvasRenderingContext2D} pen
 * @property {Square} square
 * @property {number} reach of the plane that is shown
 * @property {Colors} colors
 */

/**
 * @param {Scene} scene
 * @param {Run} run
 * @param {Run | null} before the run of the setting before, as a grey cloud where a stage begins
 * @param {number} k the stage, from 0
 * @param {number} phase 0 … 2
 * @param {number} probe
 */
export function drawStage(scene, run, before, k, phase, probe) {
  const { pen, colors } = scene;
  drawCells(scene, run.stages[k]);
  if (before && k > 0 && k < before.stages.length && phase === 0) {
    pen.globalAlpha = 0.35;
    drawDots(scene, before, k, 0, colors.grid, 1.2);
  }
  pen.globalAlpha = colors.dark ? 0.6 : 0.5;
  drawDots(scene, run, k, phase, colors.method, 1.4);
  pen.globalAlpha = 1;
  drawCodes(scene, run.stages[k]);
  drawProbe(scene, run, k, phase, probe);
  drawAxes(scene);
}

/**
 * How dark a cell is, by its share of the samples; cells without any stay empty.
 * @param {Stage} stage
 * @param {number} code
 * @param {number} most
 */
function shade(stage, code, most) {
  return stage.counts[code] ? 0.05 + 0.22 * Math.sqrt(stage.counts[code] / most) : 0;
}

/**
 * @param {Scene} scene
 * @param {Stage} stage
 */
function drawCells(scene, stage) {
  if (stage.edges) drawGrid(scene, stage, stage.edges);
  else drawNearest(scene, stage);
}

const RASTER = 320;
/** @type {WeakMap<Stage, { reach: number, cells: Uint16Array }>} */
const nearest = new WeakMap();

/**
 * Cells of a codebook without rows and columns: which code is nearest, on a raster.
 * @param {Stage} stage
 * @param {number} reach
 */
function nearestCells(stage, reach) {
  const known = nearest.get(stage);
  if (known && known.reach === reach) return known.cells;
  const cells = new Uint16Array(RASTER * RASTER);
  for (let row = 0; row < RASTER; row += 1) {
    const y = reach - ((row + 0.5) / RASTER) * 2 * reach;
    for (let column = 0; column < RASTER; column += 1) {
      const x = ((column + 0.5) / RASTER) * 2 * reach - reach;
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let c = 0; c < stage.codes.length; c += 1) {
        const dx = x - stage.codes[c][0];
        const dy = y - stage.codes[c][1];
        const away = dx * dx + dy * dy;
        if (away < least) [least, best] = [away, c];
      }
      cells[row * RASTER + column] = best;
    }
  }
  nearest.set(stage, { reach, cells });
  return cells;
}

/**
 * @param {Scene} scene
 * @param {Stage} stage
 */
function drawNearest({ pen, square, reach, colors }, stage) {
  const most = Math.max(...stage.counts, 1);
  const cells = nearestCells(stage, reach);
  const layer = newCanvas(RASTER, RASTER);
  const layerPen = penOf(layer);
  const image = layerPen.createImageData(RASTER, RASTER);
  const ink = rgb(colors.text);
  cells.forEach((cell, at) => {
    const right = at % RASTER < RASTER - 1 && cell !== cells[at + 1];
    const below = at + RASTER < cells.length && cell !== cells[at + RASTER];
    const alpha = right || below ? 0.35 : shade(stage, cell, most);
    image.data.set([...ink, Math.round(255 * alpha)], 4 * at);
  });
  layerPen.putImageData(image, 0, 0);
  pen.drawImage(layer, square.left, square.top, square.side, square.side);
}

/**
 * @param {Scene} scene
 * @param {Stage} stage
 * @param {[number[], number[]]} edges
 */
function drawGrid({ pen, square, reach, colors }, stage, edges) {
  const most = Math.max(...stage.counts, 1);
  const [xs, ys] = edges.map((values) => [-reach, ...values.map((v) => Math.min(Math.max(v, -reach), reach)), reach]);
  stage.codes.forEach((code, index) => {
    if (!stage.counts[index]) return;
    const [column, row] = cellOf(edges, code);
    const [left, bottom] = toScreen(square, reach, xs[column], ys[row]);
    const [right, top] = toScreen(square, reach, xs[column + 1], ys[row + 1]);
    pen.globalAlpha = shade(stage, index, most);
    pen.fillStyle = colors.text;
    pen.fillRect(left, top, right - left, bottom - top);
  });
  pen.globalAlpha = 1;
  pen.strokeStyle = colors.grid;
  pen.lineWidth = 1;
  pen.beginPath();
  const shown = (/** @type {number} */ value) => Math.abs(value) < reach;
  for (const x of edges[0].filter(shown)) {
    const [px] = toScreen(square, reach, x, 0);
    pen.moveTo(px, square.top);
    pen.lineTo(px, square.top + square.side);
  }
  for (const y of edges[1].filter(shown)) {
    const [, py] = toScreen(square, reach, 0, y);
    pen.moveTo(square.left, py);
    pen.lineTo(square.left + square.side, py);
  }
  pen.stroke();
}

/** @param {Scene} scene */
function drawAxes({ pen, square, reach, colors }) {
  pen.strokeStyle = colors.grid;
  pen.fillStyle = colors.soft;
  pen.lineWidth = 1;
  pen.strokeRect(square.left, square.top, square.side, square.side);
  pen.font = `14px ${colors.font}`;
  for (const { value, text } of axisNumbers(reach)) {
    const [px, py] = toScreen(square, reach, value, value);
    pen.textAlign = "center";
    pen.textBaseline = "top";
    pen.fillText(text, px, square.top + square.side + 6);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(text, square.left - 6, py);
  }
}

/**
 * @param {Scene} scene
 * @param {Run} run
 * @param {number} k
 * @param {number} phase
 * @param {string} color
 * @param {number} radius
 */
function drawDots({ pen, square, reach }, run, k, phase, color, radius) {
  pen.fillStyle = color;
  for (let i = 0; i < run.count; i += 1) {
    const [x, y] = positionOf(run, k, phase, i);
    if (Math.abs(x) > reach || Math.abs(y) > reach) continue;
    const [px, py] = toScreen(square, reach, x, y);
    pen.fillRect(px - radius, py - radius, 2 * radius, 2 * radius);
  }
}

/**
 * @param {Scene} scene
 * @param {Stage} stage
 */
function drawCodes({ pen, square, reach, colors }, stage) {
  const size = stage.codes.length > 64 ? 3 : 5;
  pen.lineWidth = 1.6;
  for (const [index, [x, y]] of stage.codes.entries()) {
    if (Math.abs(x) > reach || Math.abs(y) > reach) continue;
    const [px, py] = toScreen(square, reach, x, y);
    pen.beginPath();
    pen.arc(px, py, size, 0, 2 * Math.PI);
    pen.fillStyle = colors.page;
    pen.strokeStyle = stage.counts[index] ? colors.text : colors.grid;
    pen.fill();
    pen.stroke();
  }
}

/**
 * The sample that is followed: the trail of its remainders up to here, its way to the code, and itself.
 * @param {Scene} scene
 * @param {Run} run
 * @param {number} k
 * @param {number} phase
 * @param {number} probe
 */
function drawProbe({ pen, square, reach, colors }, run, k, phase, probe) {
  const at = (/** @type {[number, number]} */ point) => toScreen(square, reach, ...point);
  const trail = Array.from({ length: k + (phase >= 2 ? 2 : 1) }, (_, j) => at(residualOf(run, j, probe)));
  pen.save();
  pen.beginPath();
  pen.rect(square.left, square.top, square.side, square.side);
  pen.clip();
  pen.strokeStyle = colors.text;
  pen.fillStyle = colors.text;
  pen.lineWidth = 1.5;
  pen.setLineDash([4, 4]);
  pen.beginPath();
  for (const point of trail) pen.lineTo(...point);
  pen.stroke();
  pen.setLineDash([]);
  for (const point of trail) dot(pen, point, 3.5).fill();
  if (phase <= 1) {
    pen.lineWidth = 2.5;
    pen.beginPath();
    pen.moveTo(...at(residualOf(run, k, probe)));
    pen.lineTo(...at(codeOf(run, k, probe)));
    pen.stroke();
  }
  dot(pen, at(positionOf(run, k, phase, probe)), 7);
  pen.fillStyle = colors.page;
  pen.lineWidth = 3;
  pen.fill();
  pen.stroke();
  pen.restore();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {[number, number]} centre
 * @param {number} radius
 */
function dot(pen, [x, y], radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  return pen;
}
