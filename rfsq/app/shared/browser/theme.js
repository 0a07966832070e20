// Light or dark, colours for canvases and colours as numbers, out of the CSS variables that Streamlit sets around a component.

/** @typedef {"light" | "dark"} Theme */
/** @typedef {{ page: string, text: string, soft: string, grid: string, font: string, dark: boolean }} Colors */

/**
 * @param {Element} element an element inside the component
 * @returns {Theme}
 */
export function themeOf(element) {
  const [r, g, b] = rgb(getComputedStyle(element).getPropertyValue("--st-background-color").trim() || "#ffffff");
  return 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
}

/**
 * What a canvas is drawn with, as `rfsq/style/palette.py` has it for charts.
 * @param {Element} element an element inside the component
 * @returns {Colors}
 */
export function colorsOf(element) {
  const look = getComputedStyle(element);
  const dark = themeOf(element) === "dark";
  return {
    page: look.getPropertyValue("--st-background-color").trim() || "#ffffff",
    text: dark ? "#E6E9EE" : "#1A1F26",
    soft: dark ? "#A1A6AD" : "#5F6469",
    grid: dark ? "#6B727C" : "#A3A9B1",
    font: look.fontFamily,
    dark,
  };
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
