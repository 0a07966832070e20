// The row of pictures as one picture for a slide: twice as large as on the page, with title, captions and notes.

import { newCanvas, penOf } from "../shared/browser/elements.js";
import { methodOf } from "./message.js";
import { FONT, wrapped } from "./save.js";

/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {Omit<import("./figure.js").Now, "cursor" | "sharp">} Now */
/** @typedef {import("./row.js").Row} Row */
/** @typedef {import("./zoom.js").Size} Size */
/** @typedef {{ text: string, bold?: boolean, mark?: string, colour?: string }} Paragraph mark: a sign before it, in its colour */
/** @typedef {{ line: string, bold: boolean, indent: number, mark: string, colour: string }} Line */
/** @typedef {{ figure: Figure, x: number, pane: number, row: number, width: number, height: number, captions: Paragraph[][] }} Cell in CSS pixels; pane: where the picture begins in it */

const FACTOR = 2; // by which the page's pixels are enlarged
const SLIDE = { width: 1920, height: 1080 };
const LEAST = 24; // pixels of text on such a slide
const TEXT = [16, 18, 20, 22, 24, 28, 32, 40]; // CSS pixels: the first that is large enough is taken
const LINE = 1.35;
const EDGE = 16; // CSS pixels around all, and between rows
const UNDER = 6; // CSS pixels between a picture and its caption

/**
 * By what a picture is enlarged to fill the slide.
 * @param {Size} size
 */
export function onSlide({ width, height }) {
  return Math.min(SLIDE.width / width, SLIDE.height / height);
}

/**
 * Which row of the page each of these stands in, by their upper edges.
 * @param {number[]} tops
 */
export function rowsOf(tops) {
  const edges = [...new Set(tops.map(Math.round))].sort((a, b) => a - b);
  return tops.map((top) => edges.indexOf(Math.round(top)));
}

/**
 * @param {Row} row
 * @param {Now} now
 * @param {{ title: string, notes: string[] }} texts above the pictures, and below
 * @param {Element} root whose colours it has
 * @returns {HTMLCanvasElement | null} null while a picture is on its way
 */
export function slideOf(row, now, { title, notes }, root) {
  const { color, backgroundColor } = getComputedStyle(root);
  const cells = cellsOf(row, now);
  const inner = Math.max(...cells.map(({ x, width }) => x + width));
  const { header, state } = now;
  const scale = `Error maps: ꟻLIP, from 0 (dark) to ${header.errorMax}${header.errorMax < 1 ? " or more" : ""} (light).`;
  const foot = [...(state.view === "error" ? [scale] : []), header.notice, ...notes].filter(Boolean);
  for (const size of TEXT) {
    const drawing = arrange(cells, inner, title, foot, size);
    if (size * FACTOR * onSlide(drawing) < LEAST && size !== TEXT[TEXT.length - 1]) continue;
    return draw(drawing, row, now, { color, backgroundColor });
  }
  return null;
}

/**
 * @param {Row} row
 * @param {Now} now
 * @returns {Cell[]}
 */
function cellsOf(row, now) {
  const boxes = row.figures.map(({ pane, captions }) => {
    const picture = pane.getBoundingClientRect();
    const rects = [picture, ...captions.map(({ root }) => root.getBoundingClientRect())];
    const [left, right] = [Math.min(...rects.map((rect) => rect.left)), Math.max(...rects.map((rect) => rect.right))];
    return { picture, left, width: right - left };
  });
  const rows = rowsOf(boxes.map(({ picture }) => picture.top));
  const first = Math.min(...boxes.map(({ left }) => left));
  return row.figures.map((figure, index) => {
    const { picture, left, width } = boxes[index];
    const captions = figure.captions.map(({ id, name, stages, scores, rate }) => {
      const method = methodOf(now.header, id);
      const [label, score, stage, price] = [name, scores, stages, rate].map((node) => node.textContent ?? "");
      const mark = method?.marker ?? "";
      return [
        { text: label.slice(label.startsWith(mark) ? mark.length : 0), bold: true, mark, colour: method?.[now.theme] },
        { text: score },
        { text: [stage, price].filter(Boolean).join(" · ") },
      ];
    });
    const [x, pane] = [left - first, picture.left - left];
    return { figure, x, pane, row: rows[index], width, height: picture.height, captions };
  });
}

/**
 * Where all stands, in pixels of the drawing.
 * @param {Cell[]} cells
 * @param {number} inner CSS pixels between the edges
 * @param {string} title
 * @param {string[]} foot
 * @param {number} size of the text, CSS pixels
 */
function arrange(cells, inner, title, foot, size) {
  const step = Math.round(size * FACTOR * LINE);
  const [edge, under, wide] = [EDGE * FACTOR, UNDER * FACTOR, Math.round(inner * FACTOR)];
  const gap = edge / 2;
  const pen = penOf(newCanvas(1, 1));
  const set = (/** @type {Paragraph[]} */ paragraphs, /** @type {number} */ width) =>
    paragraphs.flatMap((paragraph) => linesOf(paragraph, width, size * FACTOR, pen));
  const head = title ? set([{ text: title, bold: true }], wide) : [];
  const notes = set(
    foot.map((text) => ({ text })),
    wide,
  );
  let y = edge + head.length * step + (head.length ? gap : 0);
  const placed = [];
  for (let row = 0; cells.some((cell) => cell.row === row); row += 1) {
    const here = cells
      .filter((cell) => cell.row === row)
      .map((cell) => {
        const share = (cell.width * FACTOR - gap * (cell.captions.length - 1)) / cell.captions.length;
        const captions = cell.captions.map((paragraphs, number) => ({
          x: edge + cell.x * FACTOR + number * (share + gap),
          lines: set(paragraphs, share),
        }));
        return { cell, y, captions, below: y + Math.round(cell.height * FACTOR) + under };
      });
    placed.push(...here);
    y = Math.max(...here.map(({ below, captions }) => below + step * Math.max(...captions.map((c) => c.lines.length))));
    y += gap;
  }
  const height = y + notes.length * step + edge / 2;
  return { width: wide + 2 * edge, height, size: size * FACTOR, step, edge, head, notes, notesAt: y, placed };
}

/**
 * @param {Paragraph} paragraph
 * @param {number} width
 * @param {number} size
 * @param {CanvasRenderingContext2D} pen
 * @returns {Line[]}
 */
function linesOf({ text, bold = false, mark = "", colour = "" }, width, size, pen) {
  pen.font = fontOf(bold, size);
  const measure = (/** @type {string} */ part) => pen.measureText(part).width;
  const indent = mark ? Math.ceil(measure(`${mark} `)) : 0;
  return wrapped(text, width - indent, measure).map((line, index) => ({
    ...{ line, bold, indent, colour },
    mark: index === 0 ? mark : "",
  }));
}

/**
 * @param {boolean} bold
 * @param {number} size
 */
function fontOf(bold, size) {
  return `${bold ? "600 " : ""}${size}px ${FONT}`;
}

/**
 * @param {ReturnType<typeof arrange>} drawing
 * @param {Row} row
 * @param {Now} now
 * @param {{ color: string, backgroundColor: string }} colours
 */
function draw({ width, height, size, step, edge, head, notes, notesAt, placed }, row, now, colours) {
  const canvas = newCanvas(Math.round(width), Math.round(height));
  const pen = penOf(canvas);
  pen.fillStyle = colours.backgroundColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.textBaseline = "top";
  const write = (/** @type {Line[]} */ lines, /** @type {number} */ x, /** @type {number} */ y) => {
    lines.forEach(({ line, bold, indent, mark, colour }, index) => {
      pen.font = fontOf(bold, size);
      pen.fillStyle = colour || colours.color;
      if (mark) pen.fillText(mark, x, y + index * step);
      pen.fillStyle = colours.color;
      pen.fillText(line, x + indent, y + index * step);
    });
  };
  write(head, edge, edge);
  for (const { cell, y, captions, below } of placed) {
    const pane = paneOf(cell.figure, row, now);
    if (!pane) return null;
    pen.drawImage(pane, Math.round(edge + (cell.x + cell.pane) * FACTOR), y);
    for (const { x, lines } of captions) write(lines, x, below);
  }
  write(notes, edge, notesAt);
  return canvas;
}

/**
 * What a pane shows, drawn anew at the larger size.
 * @param {Figure} figure
 * @param {Row} row
 * @param {Now} now
 */
function paneOf(figure, row, now) {
  const enlarged = (FACTOR * figure.pane.getBoundingClientRect().width) / figure.canvas.width;
  const canvas = newCanvas(
    Math.max(1, Math.round(figure.canvas.width * enlarged)),
    Math.max(1, Math.round(figure.canvas.height * enlarged)),
  );
  const zoom = figure.zoom(now.state) * enlarged;
  const incomplete = figure.paint(canvas, zoom, { ...now, sharp: row.isSharp(figure) });
  if (incomplete) return null;
  figure.divider?.mark(penOf(canvas), now.state, FACTOR);
  return canvas;
}
