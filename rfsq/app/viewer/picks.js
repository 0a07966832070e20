// Which picture: one button for each, and in the divider's view a choice for either side.

import { button, el, setText } from "../shared/browser/elements.js";
import { mark } from "./mark.js";

/** @typedef {import("./message.js").Header} Header */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("../shared/browser/theme.js").Theme} Theme */
/** @typedef {"left" | "right"} Side */

const SIDES = /** @type {const} */ (["left", "right"]);
const NAMES = { left: ["Left", "Top"], right: ["Right", "Bottom"] }; // on a phone the line lies across

/** @typedef {import("./chosen.js").Chosen} Chosen */

export class Picks {
  /**
   * @param {Chosen} chosen
   * @param {(name: string) => void} highlight
   */
  constructor(chosen, highlight) {
    this.chosen = chosen;
    this.highlight = highlight;
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    this.sides = el("div", { class: "sides" });
    this.names = { left: el("span", { "data-side-name": "left" }), right: el("span", { "data-side-name": "right" }) };
    this.selects = { left: this.select("left"), right: this.select("right") };
    const [left, right] = SIDES.map((side) => el("label", { class: "side" }, this.names[side], this.selects[side]));
    this.sides.append(
      left,
      button("⇄", "Swap the two pictures", () => chosen.swap()),
      right,
    );
    this.root = el("div", { class: "picks", role: "group", "aria-label": "Picture" });
  }

  /** @param {Side} side */
  select(side) {
    const name = NAMES[side][0];
    const select = el("select", { "data-side": side, title: name, "aria-label": name });
    select.addEventListener("change", () => this.chosen.setSide(side, select.value));
    return select;
  }

  /**
   * @param {Header} header
   * @param {Theme} theme
   */
  build({ methods }, theme) {
    this.buttons = [
      this.pick("all", "All", "0", null),
      this.pick("original", "Original", "O", null),
      ...methods.map((method, i) => this.pick(method.name, method.label, String(i + 1), mark(method, theme))),
    ];
    for (const side of SIDES) {
      const options = [{ name: "original", label: "Original" }, ...methods];
      this.selects[side].replaceChildren(...options.map(({ name, label }) => el("option", { value: name }, label)));
    }
    this.root.replaceChildren(...this.buttons, this.sides);
  }

  /**
   * @param {string} id
   * @param {string} label
   * @param {string} key
   * @param {HTMLElement | null} glyph
   */
  pick(id, label, key, glyph) {
    const node = button("", `${label} (${key})`, () => this.chosen.setFocus(id), {
      "data-pick": id,
      "data-method": id,
    });
    node.append(el("kbd", { "aria-hidden": "true" }, key), ...(glyph ? [glyph] : []), el("span", {}, label));
    node.addEventListener("pointerenter", () => this.highlight(id));
    node.addEventListener("pointerleave", () => this.highlight(""));
    return node;
  }

  /**
   * @param {State} state
   * @param {string} first id of the first picture on the page
   * @param {boolean} narrow
   */
  write(state, first, narrow) {
    const divided = state.view === "divider";
    for (const node of this.buttons) {
      node.hidden = divided;
      const id = node.dataset.pick;
      node.setAttribute("aria-pressed", String(id === (state.view === "flip" ? first : state.focus)));
    }
    this.sides.hidden = !divided;
    for (const side of SIDES) {
      setText(this.names[side], NAMES[side][Number(narrow)]);
      this.selects[side].value = state[side];
    }
  }
}
