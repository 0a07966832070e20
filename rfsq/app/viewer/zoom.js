// How large a picture is and which part of it shows. Pure functions, device pixels.

export const STEPS = [1, 2, 3, 4, 6, 8, 12, 16];

/** @typedef {{ width: number, height: number }} Size */
/** @typedef {{ x: number, y: number }} Point */

const FILLED = 0.9; // of the box's side: a whole step that takes so much of it fills it

/**
 * The zoom at which the picture fills the box: the exact ratio below ×2, else a whole step. With `fill`, from ×2 on, too, the
 * exact ratio where a whole step would leave much of the box empty.
 * @param {Size} box
 * @param {Size} picture
 * @param {boolean} [fill]
 */
export function fitZoom(box, picture, fill = false) {
  const ratio = Math.min(box.width / picture.width, box.height / picture.height);
  const step = STEPS.findLast((whole) => whole <= ratio) ?? ratio;
  return ratio < 2 || (fill && step < FILLED * ratio && ratio < STEPS[STEPS.length - 1]) ? ratio : step;
}

/**
 * The zooms that a picture can have, smallest first: the steps and its fit.
 * @param {number} fit
 */
function zooms(fit) {
  return [...new Set([fit, ...STEPS])].sort((a, b) => a - b);
}

/**
 * The next zoom up (+1) or down (-1); never below the fit or ×1, whichever is smaller.
 * @param {number} zoom
 * @param {number} fit
 * @param {number} direction
 */
export function nextZoom(zoom, fit, direction) {
  const all = zooms(fit);
  if (direction > 0) return all.find((step) => step > zoom + 1e-6) ?? all[all.length - 1];
  return all.findLast((step) => step < zoom - 1e-6) ?? all[0];
}

/**
 * The zoom nearest to a wish, as a ratio.
 * @param {number} wish
 * @param {number} fit
 */
export function nearestZoom(wish, fit) {
  const away = (/** @type {number} */ step) => Math.abs(Math.log(step / wish));
  return zooms(fit).reduce((best, step) => (away(step) < away(best) ? step : best));
}

/**
 * The corner of the picture inside a pane; the picture covers the pane or is centred.
 * @param {Size} pane
 * @param {Size} picture
 * @param {number} zoom
 * @param {number} cx the point in the middle of the pane, as fractions of the picture
 * @param {number} cy
 * @returns {Point}
 */
export function place(pane, picture, zoom, cx, cy) {
  const along = (/** @type {number} */ room, /** @type {number} */ size, /** @type {number} */ centre) => {
    const span = size * zoom;
    if (span <= room) return Math.round((room - span) / 2);
    return Math.round(Math.min(0, Math.max(room - span, room / 2 - centre * span)));
  };
  return { x: along(pane.width, picture.width, cx), y: along(pane.height, picture.height, cy) };
}

/**
 * The centre that puts the point (x, y) of the zoomed picture into the middle of the pane, within the picture's edges.
 * @param {Size} pane
 * @param {Size} picture
 * @param {number} zoom
 * @param {number} x
 * @param {number} y
 * @returns {{ cx: number, cy: number }}
 */
export function centreOn(pane, picture, zoom, x, y) {
  const inside = (/** @type {number} */ at, /** @type {number} */ span, /** @type {number} */ room) =>
    span <= room ? 0.5 : Math.min(span - room / 2, Math.max(room / 2, at)) / span;
  return { cx: inside(x, picture.width * zoom, pane.width), cy: inside(y, picture.height * zoom, pane.height) };
}

/**
 * The centre after a change of zoom that keeps the picture's point under `at`, a place in the pane, where it is.
 * @param {Size} pane
 * @param {Size} picture
 * @param {{ zoom: number, cx: number, cy: number }} before
 * @param {number} zoom
 * @param {Point} at
 */
export function zoomAbout(pane, picture, before, zoom, at) {
  const corner = place(pane, picture, before.zoom, before.cx, before.cy);
  const px = (at.x - corner.x) / before.zoom;
  const py = (at.y - corner.y) / before.zoom;
  return centreOn(pane, picture, zoom, pane.width / 2 - (at.x - px * zoom), pane.height / 2 - (at.y - py * zoom));
}

/**
 * The centre after the hand moved the picture by (dx, dy).
 * @param {Size} pane
 * @param {Size} picture
 * @param {{ zoom: number, cx: number, cy: number }} before
 * @param {number} dx
 * @param {number} dy
 */
export function panned(pane, picture, { zoom, cx, cy }, dx, dy) {
  return centreOn(pane, picture, zoom, cx * picture.width * zoom - dx, cy * picture.height * zoom - dy);
}

/**
 * The pixel under a place in the pane; null beside the picture.
 * @param {Size} pane
 * @param {Size} picture
 * @param {{ zoom: number, cx: number, cy: number }} now
 * @param {Point} at
 * @returns {Point | null}
 */
export function pixelAt(pane, picture, { zoom, cx, cy }, at) {
  const corner = place(pane, picture, zoom, cx, cy);
  const x = Math.floor((at.x - corner.x) / zoom);
  const y = Math.floor((at.y - corner.y) / zoom);
  return x >= 0 && y >= 0 && x < picture.width && y < picture.height ? { x, y } : null;
}

/**
 * "×3 · 128 px": the zoom and the picture's own size.
 * @param {number} zoom
 * @param {Size} picture
 */
export function zoomText(zoom, { width, height }) {
  const size = width === height ? `${width}` : `${width} × ${height}`;
  return `×${Number.isInteger(zoom) ? zoom : zoom.toFixed(2)} · ${size}\u202fpx`;
}
