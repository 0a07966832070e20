// How a picture is drawn larger than it is, so that all its pixels are equally large.

import { newCanvas, penOf } from "../shared/browser/elements.js";

/** @typedef {import("./zoom.js").Size & import("./zoom.js").Point} Box */

/** @type {HTMLCanvasElement | null} */
let between = null; // kept, because a picture is drawn anew with each move of the hand

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {CanvasImageSource & import("./zoom.js").Size} image
 * @param {Box} box where it goes, in pixels of the pen's canvas
 * @param {boolean} smooth blend neighbouring pixels; else each is a square. Between two whole zooms squares would get sides of
 * two lengths, a pattern that is not in the picture: there they are drawn at the larger zoom first, and that is made smaller.
 */
export function drawScaled(pen, image, { x, y, width, height }, smooth) {
  const zoom = width / image.width;
  pen.imageSmoothingQuality = "high";
  if (smooth || zoom <= 1 || Math.abs(zoom - Math.round(zoom)) < 1e-6) {
    pen.imageSmoothingEnabled = smooth;
    pen.drawImage(image, x, y, width, height);
    return;
  }
  const whole = Math.ceil(zoom);
  between ??= newCanvas(1, 1);
  between.width = image.width * whole; // which clears it
  between.height = image.height * whole;
  const larger = penOf(between);
  larger.imageSmoothingEnabled = false;
  larger.drawImage(image, 0, 0, between.width, between.height);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(between, x, y, width, height);
}
