// The same latent through every conditioning: what each stage leaves of the chosen channel, and of the whole photo.

import { el } from "../shared/browser/elements.js";
import { aligned, decimal } from "../shared/browser/numbers.js";
import { isWorse, latentOf, leftBeside } from "./ladder_rows.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */

/**
 * @param {Path} path
 * @param {State} state
 * @param {boolean} dark
 */
export function besideTable(path, state, dark) {
  const z = latentOf(path, state);
  const heads = ["conditioning", ...path.stages.map((_, k) => `after stage ${k + 1}`), "whole photo, RMS"];
  const rows = leftBeside(path, state).map((line) => {
    const mark = el("i", { "aria-hidden": "true" }, line.glyph);
    mark.style.color = dark ? line.dark : line.light;
    const cells = line.left.map((left, k) => {
      const worse = isWorse(left, k ? line.left[k - 1] : z);
      const text = worse ? `▲${aligned(left)}` : aligned(left);
      return el("td", { class: worse && "bad", title: worse && "farther from 0 than before" }, text);
    });
    const now = line.name === path.conditioning;
    const name = el("th", { scope: "row", "aria-current": now && "true" }, mark, ` ${line.name}`);
    return el("tr", { class: now && "now" }, name, ...cells, el("td", {}, decimal(line.photo[line.photo.length - 1])));
  });
  const head = el("tr", {}, ...heads.map((text) => el("th", { scope: "col" }, text)));
  const scrolls = { class: "scroll", role: "group", tabindex: 0, "aria-label": "Remainders of every conditioning" };
  return el("div", scrolls, el("table", { class: "compared" }, el("thead", {}, head), el("tbody", {}, ...rows)));
}
