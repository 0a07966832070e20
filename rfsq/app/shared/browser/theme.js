// Light or dark, and colours as numbers, out of the CSS variables that Streamlit sets around a component.

/** @typedef {"light" | "dark"} Theme */

/**
 * @param {Element} element an element inside the component
 * @returns {Theme}
 */
export function themeOf(element) {
  const [r, g, b] = rgb(getComputedStyle(element).getPropertyValue("--st-background-color").trim() || "#ffffff");
  return 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
}

/**
 * Red, green and blue, 0 … 255, of any colour that CSS can name.
 * @param {string} color
 * @returns {[number, number, number]}
 */
export function rgb(color) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  if (!pen) return [255, 255, 255];
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
  return [r, g, b];
}
