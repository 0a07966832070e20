// What a page that is magnified as a whole (the talk view) means for parts that draw pixels.

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
