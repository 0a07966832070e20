// How the pictures stand: columns, and one zoom at which every pane shows its whole picture. Pure functions.

import { fitZoom } from "./zoom.js";

/** @typedef {import("./zoom.js").Size} Size */

export const GAP = 10; // CSS pixels between pictures, as in viewer.css
export const NARROW = 600; // CSS pixels of the viewer below which it is laid out for a phone
const CAPTION = 250; // CSS pixels that a caption needs
const ROWS_GAP = 14; // CSS pixels between rows, as in viewer.css
const STAMP = 240; // CSS pixels below which a picture is a stamp

/**
 * @typedef {object} Room in CSS pixels
 * @property {number} inner width for the pictures
 * @property {number} height that the window has left for pictures with their captions
 * @property {number} window height of the window
 * @property {number} maxHeight of the pictures; 0: by the window
 * @property {boolean} narrow
 * @property {number} caption height of a picture's caption
 * @property {number} ratio device pixels for each
 * @property {boolean} [fill] pictures may stand between two whole zooms to take the room that there is
 */

/**
 * @typedef {object} Layout
 * @property {number} fit zoom at which a pane shows its whole picture
 * @property {Size} pane device pixels
 * @property {string} columns for CSS
 * @property {number} gap between columns, CSS pixels
 */

/**
 * @param {number} count of pictures
 * @param {Size} picture
 * @param {Room} room
 * @returns {Layout}
 */
export function layOut(count, picture, room) {
  const { inner, ratio } = room;
  const { columns, zoom } = count > 1 ? arrange(count, picture, room) : { columns: 1, zoom: fitAlone(picture, room) };
  const pane = {
    width: Math.max(1, Math.floor(picture.width * zoom + 1e-6)),
    height: Math.max(1, Math.floor(picture.height * zoom + 1e-6)),
  };
  const cell = Math.min((inner - GAP * (columns - 1)) / columns, Math.max(pane.width / ratio, CAPTION));
  const gap = columns > 1 ? Math.min(40, (inner - columns * cell) / (columns - 1)) : 0;
  return { fit: zoom, pane, columns: count > 1 ? `repeat(${columns}, ${cell}px)` : "minmax(0, 1fr)", gap };
}

/**
 * What one row of pictures may take, captions apart.
 * @param {Room} room
 * @param {number} height for all rows with their captions
 * @param {number} rows
 */
function tall({ caption }, height, rows) {
  return Math.max(120, (height - ROWS_GAP * (rows - 1)) / rows - caption);
}

/**
 * @param {Size} picture
 * @param {Room} room
 */
function fitAlone(picture, room) {
  const { inner, height, maxHeight, ratio, fill } = room;
  return fitZoom(
    { width: inner * ratio, height: (maxHeight || Math.max(200, tall(room, height, 1))) * ratio },
    picture,
    fill,
  );
}

/**
 * How many columns: the largest zoom that fits width and height, then fewest rows, then columns. A single row is
 * preferred to a little more zoom, as long as its pictures are no stamps: people compare what they see at once. Where pictures
 * fill the screen they are looked at from afar, and a row gives up less.
 * @param {number} count
 * @param {Size} picture
 * @param {Room} room
 * @returns {{ columns: number, rows: number, zoom: number }}
 */
export function arrange(count, picture, room) {
  const { inner, maxHeight, narrow, ratio, fill } = room;
  const height = maxHeight || (narrow ? room.window * 1.15 : room.height); // a phone's page scrolls
  const choices = Array.from({ length: count }, (_, i) => {
    const columns = i + 1;
    const rows = Math.ceil(count / columns);
    const width = (inner - GAP * i) / columns;
    return {
      columns,
      rows,
      zoom: fitZoom({ width: width * ratio, height: tall(room, height, rows) * ratio }, picture, fill),
    };
  });
  const best = choices.reduce((a, b) => (better(b, a) ? b : a));
  const row = choices[count - 1];
  const large =
    row.zoom >= 1 && (row.zoom * picture.width) / ratio >= STAMP && row.zoom >= best.zoom / (fill ? 1.15 : 1.6);
  return large ? row : best;
}

/**
 * @param {{ columns: number, rows: number, zoom: number }} a
 * @param {{ columns: number, rows: number, zoom: number }} b
 */
function better(a, b) {
  if (Math.abs(a.zoom - b.zoom) > 0.03 * b.zoom) return a.zoom > b.zoom;
  return a.rows !== b.rows ? a.rows < b.rows : a.columns < b.columns;
}
