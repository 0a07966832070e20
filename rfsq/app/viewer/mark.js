// A method's mark in its colour, the same wherever the method is named.

import { el } from "../shared/browser/elements.js";

/**
 * @param {Pick<import("./message.js").Method, "marker" | "light" | "dark">} method
 * @param {import("../shared/browser/theme.js").Theme} theme
 */
export function mark(method, theme) {
  const node = el("span", { class: "mark", "aria-hidden": "true" }, method.marker);
  node.style.color = theme === "dark" ? method.dark : method.light;
  return node;
}
