// What a page that is magnified as a whole (the talk view) means for parts that draw pixels.

import { penOf } from "./elements.js";

/**
 * How many times as large an element is drawn as its own pixels say; 1 where the browser does not tell.
 * @param {Element} element
 */
export function magnified(element) {
  return /** @type {{ currentCSSZoom?: number }} */ (element).currentCSSZoom || 1;
}

/**
 * Device pixels for each of an element's own.
 * @param {Element} element
 */
export function devicePixels(element) {
  return (window.devicePixelRatio || 1) * magnified(element);
}

/**
 * The pen of a canvas of this size in CSS pixels, sharp on fine screens.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function sized(canvas, width, height) {
  const ratio = devicePixels(canvas);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    [canvas.width, canvas.height] = [w, h];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  }
  const pen = penOf(canvas);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}
