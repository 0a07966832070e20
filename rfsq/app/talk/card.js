// A scene on the page Talk: its frame as a small picture, its number and title, and how ready it is.

import { button, el, setText } from "../shared/browser/elements.js";

/** @typedef {import("./frames.js").SceneFrame} SceneFrame */
/** @typedef {import("./frames.js").Readiness} Readiness */

/** @type {Record<Readiness, string>} */
const WORDS = { waiting: "", drawing: "being drawn …", slow: "takes long …", ready: "ready", live: "drawn when shown" };

/**
 * @typedef {object} CardActions
 * @property {() => void} show
 * @property {((title: string) => void) | null} rename null: the talk is not the person's own
 * @property {(by: number) => void} move
 * @property {() => void} remove
 */

export class Card {
  /**
   * @param {number} number
   * @param {string} title
   * @param {string} page its title
   * @param {SceneFrame | null} frame null in the speaker's window
   * @param {CardActions} actions
   */
  constructor(number, title, page, frame, actions) {
    this.frame = frame;
    this.state = el("span", { class: "state" });
    const digit = el("kbd", {}, String(number));
    const open = button("", `Show scene ${number}: ${title}`, actions.show, {
      class: "slot",
      "aria-label": `Show scene ${number}`,
    });
    this.slot = el("div", { class: "hold" }, frame?.root ?? null, open);
    const { rename } = actions;
    const name = el("input", { class: "name", value: title, maxlength: 80, "aria-label": `Title of scene ${number}` });
    name.addEventListener("change", () => rename?.(name.value));
    const own = el(
      "span",
      { class: "own" },
      button("↑", `Scene ${number} one place up`, () => actions.move(-1)),
      button("↓", `Scene ${number} one place down`, () => actions.move(1)),
      button("✕", `Remove scene ${number}`, actions.remove),
    );
    const heading = rename ? name : el("button", { type: "button", class: "name", onclick: actions.show }, title);
    this.root = el(
      "li",
      { class: "card" },
      this.slot,
      el("div", { class: "words" }, digit, heading, rename ? own : null),
      el("div", { class: "words" }, el("span", { class: "page" }, page), this.state),
    );
  }

  write() {
    const { frame } = this;
    setText(this.state, frame ? WORDS[frame.readiness] : "");
    if (frame) this.root.dataset.readiness = frame.readiness;
  }

  /** @param {boolean} on */
  mark(on) {
    this.root.toggleAttribute("data-current", on);
    if (on) this.root.setAttribute("aria-current", "true");
    else this.root.removeAttribute("aria-current");
  }
}
