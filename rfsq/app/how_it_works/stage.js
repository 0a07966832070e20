// One stage, written out: its formulas, the maps of the chosen channel and the numbers of all channels.

import { el } from "../shared/browser/elements.js";
import { decimal, grouped } from "../shared/browser/numbers.js";
import { channelTable } from "./channel_table.js";
import { formulas } from "./formulas.js";
import { mapRow } from "./maps.js";
import { bitsText, indexAt, rms } from "./path.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */

/**
 * @param {Path} path
 * @param {State} state
 * @param {Path | null} before the path of the model that was shown before, in grey
 * @param {boolean} dark
 * @param {(channel: number) => void} choose
 */
export function stageWrittenOut(path, state, before, dark, choose) {
  const k = state.stage - 1;
  const { bits, codebook } = path.stages[k];
  const [entered, left] = ["residual", "remainder"].map((name) => decimal(rms(path, `${name}${k}`, state)));
  const channel = `Channel ${state.channel + 1}`;
  const written = el("div", {}, el("p", { class: "of" }, `${channel}, written out:`), formulas(path, k, state));
  const maps = el("div", {}, el("p", { class: "of" }, `${channel} of all tokens:`), mapRow(path, k, state, dark));
  return el(
    "section",
    { class: "open", "aria-label": `Stage ${k + 1}` },
    el(
      "div",
      { class: "title" },
      el("strong", {}, `Stage ${k + 1}`),
      el("span", {}, `index ${grouped(indexAt(path, k, state))} of ${grouped(codebook)}`),
      el("span", {}, `${bitsText(bits)} bits`),
      el("span", {}, `all channels, RMS ${entered} → ${left}`),
    ),
    el("div", { class: "parts" }, written, maps),
    channelTable(path, k, state, before, choose),
  );
}
