// Large buttons: what they choose acts within a frame.

import { button, el } from "../shared/browser/elements.js";
import { mark } from "../viewer/mark.js";

/** @typedef {import("./message.js").Choice} Choice */
/** @typedef {import("./message.js").Header} Header */

/**
 * @typedef {object} Acts
 * @property {(change: Partial<Choice>) => void} choose
 * @property {() => void} hold
 * @property {() => void} take the held frame to Compare
 * @property {() => void} camera
 * @property {() => void} full
 */

export class Controls {
  /** @param {Acts} acts */
  constructor(acts) {
    this.acts = acts;
    this.models = group("Conditioning");
    this.stages = group("Stages");
    this.modes = group("Network");
    this.pair = toggle("none beside it", "Show none beside it", () => acts.choose({ pair: !this.choice?.pair }));
    this.views = group("View");
    this.mirror = toggle("Mirror", "Mirror the camera's picture (M)", () =>
      acts.choose({ mirror: !this.choice?.mirror }),
    );
    this.hold = button("Freeze", "Hold this frame (Space)", acts.hold, { class: "large" });
    this.take = button("Open in Compare", "Make the held frame the photo of all pages", acts.take, {
      class: "large bold",
    });
    this.camera = button("Camera", "Use the camera", acts.camera, { class: "large" });
    this.full = button("Full screen", "Full screen (F)", acts.full, { class: "large" });
    this.first = el("div", { class: "row" }, this.models.root, this.pair, this.stages.root);
    const last = [this.camera, this.mirror, this.hold, this.take];
    this.second = el("div", { class: "row" }, ...last, this.views.root, this.modes.root, this.full);
    this.root = el("div", { class: "controls" }, this.first, this.second);
    /** @type {Choice | null} */
    this.choice = null;
    this.built = "";
  }

  /**
   * @param {Header} header
   * @param {Choice} choice
   * @param {import("../shared/browser/theme.js").Theme} theme
   * @param {{ held: boolean, camera: boolean }} now
   */
  write(header, choice, theme, { held, camera }) {
    this.choice = choice;
    const { models, stages } = header.modes[choice.mode];
    const build = JSON.stringify([models, stages, theme, Object.keys(header.modes)]);
    if (build !== this.built) {
      this.built = build;
      fill(
        this.models,
        models.map((model) => ({
          value: model.conditioning,
          text: model.conditioning,
          glyph: mark(model, theme),
        })),
        (conditioning) => this.acts.choose({ conditioning }),
      );
      const counts = Array.from({ length: stages }, (_, index) => String(index + 1));
      fill(
        this.stages,
        counts.map((value) => ({ value, text: value, title: `${value} of ${stages} stages` })),
        (value) => this.acts.choose({ stages: Number(value) }),
      );
      fill(
        this.modes,
        Object.entries(header.modes).map(([value, { label }]) => ({ value, text: label })),
        (mode) => this.acts.choose({ mode }),
      );
      fill(
        this.views,
        [
          { value: "side", text: "Side by side" },
          { value: "divider", text: "Divider" },
        ],
        (view) => this.acts.choose({ view: view === "divider" ? "divider" : "side" }),
      );
      this.modes.root.hidden = Object.keys(header.modes).length < 2;
    }
    press(this.models, choice.conditioning);
    press(this.stages, String(choice.stages));
    press(this.modes, choice.mode);
    press(this.views, choice.view);
    this.pair.setAttribute("aria-pressed", String(choice.pair));
    this.pair.disabled = choice.conditioning === "none";
    this.mirror.setAttribute("aria-pressed", String(choice.mirror));
    this.mirror.hidden = !camera;
    this.hold.textContent = held ? "Go on" : "Freeze";
    this.hold.setAttribute("aria-pressed", String(held));
    this.take.hidden = !held;
    this.camera.textContent = camera ? "Camera off" : "Camera";
    this.camera.classList.toggle("bold", !camera);
  }
}

/** @typedef {{ root: HTMLElement, buttons: HTMLElement, values: Map<string, HTMLButtonElement> }} Group */

/**
 * @param {string} name
 * @returns {Group}
 */
function group(name) {
  const buttons = el("div", { class: "buttons" });
  const label = el("span", { class: "label", "aria-hidden": "true" }, name);
  const root = el("div", { class: "group", role: "group", "aria-label": name }, label, buttons);
  return { root, buttons, values: new Map() };
}

/**
 * @param {Group} to
 * @param {{ value: string, text: string, title?: string, glyph?: HTMLElement }[]} options
 * @param {(value: string) => void} choose
 */
function fill(to, options, choose) {
  to.values = new Map();
  for (const { value, text, title, glyph } of options) {
    const made = button(glyph ? "" : text, title ?? text, () => choose(value), { class: "large", "data-value": value });
    if (glyph) made.append(glyph, ` ${text}`);
    to.values.set(value, made);
  }
  to.buttons.replaceChildren(...to.values.values());
}

/**
 * @param {Group} of
 * @param {string} value
 */
function press({ values }, value) {
  for (const [one, made] of values) made.setAttribute("aria-pressed", String(one === value));
}

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} act
 */
function toggle(text, title, act) {
  return button(text, title, act, { class: "large", "aria-pressed": "false" });
}
