// The sketch of the whole path: photo, encoder, latent, the stages as a circle of four verbs, decoder, picture.

import { el } from "../shared/browser/elements.js";
import { decimal } from "../shared/browser/numbers.js";
import { framed, mapOf, pictureOf } from "./maps.js";
import { largest, valueAt, valuesOf } from "./path.js";
import { number } from "./symbols.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */
/** @typedef {import("./maps.js").Framed} Framed */

export class Sketch {
  constructor() {
    this.root = el("div", { class: "sketch", role: "group", tabindex: 0, "aria-label": "The whole path of the photo" });
    this.key = "";
    /** @type {Framed[]} */
    this.boxes = [];
    this.verbs = el("ol", { class: "verbs" });
    this.loop = el("div", { class: "times" });
    this.map = el("div");
  }

  /**
   * @param {Path} path
   * @param {ImageBitmap[]} bitmaps the photo, then the pictures
   */
  still(path, bitmaps) {
    const [photo, picture] = [bitmaps[0], bitmaps[bitmaps.length - 1]].map((bitmap) =>
      framed(path, pictureOf(path, bitmap)),
    );
    this.boxes = [photo, picture];
    this.key = "";
    this.root.replaceChildren(
      station("photo", photo.root),
      way("encoder"),
      station(`latent: ${path.channels} numbers`, this.map),
      way(""),
      el("div", { class: "loop" }, this.loop, this.verbs),
      way("sum", "decoder"),
      station("picture", picture.root),
    );
  }

  /**
   * @param {Path} path
   * @param {State} state
   * @param {boolean} dark
   */
  show(path, state, dark) {
    const { stage, channel } = state;
    const key = `${path.photo} ${path.model} ${channel} ${dark}`;
    if (key !== this.key) {
      const map = framed(path, mapOf(path, "latents", channel, largest(valuesOf(path, "latents")), dark));
      this.boxes = [...this.boxes.slice(0, 2), map];
      this.map.replaceChildren(map.root);
      this.key = key;
    }
    for (const box of this.boxes) box.place(state);
    const count = path.stages.length;
    const again = count > 1 ? `${count} stages: what remains goes round again` : "one stage";
    this.loop.replaceChildren(el("strong", {}, again), el("small", {}, `stage ${stage}, channel ${channel + 1}`));
    this.verbs.replaceChildren(...verbs(path, state));
  }
}

/**
 * @param {string} name
 * @param {HTMLElement} content
 */
function station(name, content) {
  return el("figure", { class: "station" }, content, el("figcaption", {}, name));
}

/** @param {...string} names what happens on the way */
function way(...names) {
  return el(
    "div",
    { class: "way-on" },
    ...names.map((name) => el("span", {}, name)),
    el("i", { "aria-hidden": "true" }, "→"),
  );
}

/**
 * The verbs of a stage over the numbers of the open one.
 * @param {Path} path
 * @param {State} state
 */
function verbs(path, state) {
  const k = state.stage - 1;
  const show = (/** @type {string} */ name) =>
    number(name, decimal(valueAt(path, `${name}${k}`, state, state.channel)));
  const ours = /** @type {const} */ ([
    ["condition", "residual", "conditioned"],
    ["round", "conditioned", "codes"],
    ["undo", "codes", "step"],
  ]);
  const steps = path.kind === "own" ? /** @type {const} */ ([["quantize", "residual", "step"]]) : ours;
  return [
    ...steps.map(([verb, from, to]) =>
      el("li", {}, el("strong", {}, verb), el("span", {}, show(from), " → ", show(to))),
    ),
    el(
      "li",
      {},
      el("strong", {}, "subtract"),
      el("span", {}, show("residual"), " − ", show("step"), " = ", show("remainder")),
    ),
  ];
}
