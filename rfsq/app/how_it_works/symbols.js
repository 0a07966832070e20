// The names of the code and their numbers: pointing at one lights up all of the same name.

import { el } from "../shared/browser/elements.js";

/** @param {string} name */
export function symbol(name) {
  return el("b", { "data-symbol": name }, name);
}

/** @type {Record<string, number>} */
const MOVES = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * Make the symbols of a list one stop of the Tab key, within which arrow keys go from one to the next.
 * @param {HTMLElement} list
 */
export function oneStop(list) {
  const symbols = [...list.querySelectorAll("b")];
  symbols.forEach((symbol, n) => {
    symbol.tabIndex = n === 0 ? 0 : -1;
  });
  list.addEventListener("keydown", (event) => {
    const at = symbols.indexOf(/** @type {HTMLElement} */ (event.target));
    const move = MOVES[event.key];
    if (at < 0 || !move) return;
    event.preventDefault();
    const next = symbols[(at + move + symbols.length) % symbols.length];
    symbols[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
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
