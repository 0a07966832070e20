// What the colours of an error map mean.

import { el, newCanvas, penOf, setText } from "../shared/browser/elements.js";
import { magma } from "./maps.js";

const STEPS = 256;

export class ColourBar {
  constructor() {
    this.scale = newCanvas(STEPS, 1);
    this.scale.className = "scale-bar";
    this.scale.setAttribute("role", "img");
    this.end = el("span");
    this.root = el("div", { class: "colour-bar", hidden: true }, el("span", {}, "ꟻLIP error 0"), this.scale, this.end);
  }

  /** @param {number} maximum of the scale, at most 1 */
  write(maximum) {
    const pen = penOf(this.scale);
    const line = pen.createImageData(STEPS, 1);
    for (let i = 0; i < STEPS; i += 1) line.data.set([...magma(i / (STEPS - 1)), 255], i * 4);
    pen.putImageData(line, 0, 0);
    const end = `${maximum}${maximum < 1 ? " or more" : ""}`;
    setText(this.end, `${end} (1 is the largest possible). The same scale for all pictures and stages.`);
    this.scale.setAttribute("aria-label", `Colours from 0, dark, to ${maximum}, light`);
  }
}
