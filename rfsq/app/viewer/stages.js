// The stage: its number, the slider and the row of numbers below it.

import { button, el, setText } from "../shared/browser/elements.js";

const HINT = "How many times the remainder is rounded again. Each stage codes what the one before left over.";
const FETCHED = "This picture is too large to hold all stages here: each one is fetched.";

/** @typedef {import("./message.js").Header} Header */

/** @typedef {import("./chosen.js").Chosen} Chosen */

export class Stages {
  /** @param {Chosen} chosen */
  constructor(chosen) {
    this.chosen = chosen;
    this.of = ""; // whose stages they are
    this.text = el("output", { class: "stage-text" });
    this.slider = el("input", {
      ...{ type: "range", class: "stage-slider", min: 1, step: 1 },
      ...{ "aria-label": "Stages", title: "Stages (← →)" },
    });
    this.ticks = el("div", { class: "ticks", role: "group", "aria-label": "Stages" });
    this.hint = el("p", { class: "hint" }, FETCHED);
    this.less = button("‹", "One stage less (←)", () => chosen.moveStage(-1));
    this.more = button("›", "One stage more (→)", () => chosen.moveStage(1));
    const track = el("div", { class: "stage-track" }, this.slider, this.ticks);
    this.line = el("div", { class: "stage-line" }, this.less, track, this.more);
    this.root = el("div", { class: "stage", title: HINT }, this.text, this.line, this.hint);
    this.listen();
  }

  listen() {
    this.slider.addEventListener("input", () => this.chosen.setStage(Number(this.slider.value)));
    this.slider.addEventListener("pointerdown", () => this.chosen.slide(true));
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      this.slider.addEventListener(end, () => this.chosen.slide(false));
    }
  }

  /** @param {Header} header */
  build({ stages, live, staged, stagesOf }) {
    this.of = stagesOf ? ` of ${stagesOf}` : "";
    this.root.hidden = !staged;
    this.slider.max = String(stages);
    this.slider.hidden = !live;
    this.line.hidden = stages === 1;
    this.hint.hidden = live || stages === 1;
    const numbers = Array.from({ length: stages }, (_, i) =>
      button(String(i + 1), `Stage ${i + 1}`, () => this.chosen.setStage(i + 1, true)),
    );
    this.ticks.replaceChildren(...numbers);
  }

  /**
   * @param {number} stage
   * @param {number} stages
   */
  write(stage, stages) {
    setText(this.text, stages === 1 ? "1 stage" : `Stages${this.of}: ${stage} of ${stages}`);
    this.slider.value = String(stage);
    this.slider.setAttribute("aria-valuetext", `${stage} of ${stages}`);
    this.slider.style.setProperty("--part", `${((stage - 1) / Math.max(1, stages - 1)) * 100}%`);
    [...this.ticks.children].forEach((tick, i) => {
      tick.setAttribute("aria-pressed", String(i + 1 === stage));
    });
    this.less.disabled = stage <= 1;
    this.more.disabled = stage >= stages;
  }
}
