// The names of the code and their numbers: pointing at one lights up all of the same name.

import { el } from "../shared/browser/elements.js";

/** @param {string} name */
export function symbol(name) {
  return el("b", { "data-symbol": name, tabindex: 0 }, name);
}

/**
 * A number of the quantity `name`.
 * @param {string} name
 * @param {string} text
 */
export function number(name, text) {
  return el("span", { class: "n", "data-symbol": name }, text);
}

/**
 * Light up what the pointer or the focus is at.
 * @param {HTMLElement} root whose attribute data-lit names it, for the style
 */
export function lightUp(root) {
  const light = (/** @type {EventTarget | null} */ target) => {
    const found = target instanceof Element ? target.closest("[data-symbol]") : null;
    const name = found?.getAttribute("data-symbol") ?? "";
    if (root.dataset.lit !== name) root.dataset.lit = name;
  };
  for (const kind of ["pointerover", "focusin"]) root.addEventListener(kind, (event) => light(event.target));
  for (const kind of ["pointerleave", "focusout"]) root.addEventListener(kind, () => light(null));
}
