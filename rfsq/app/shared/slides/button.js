// A button of "For slides": asks a viewer for its pictures, or a chart for its drawing. Both are made in the browser.

import { button, el, setText } from "../browser/elements.js";
import { mount } from "../browser/mount.js";
import { askForView } from "../browser/save_view.js";

const MAKING_MS = 10_000; // that a chart may take to draw itself

/** @typedef {import("../browser/save_view.js").Wish} Wish */
/** @typedef {{ label: string, help: string, view: Wish | null, chart: string }} Data chart: key of its element on the page */

class SlideButton {
  constructor() {
    /** @type {Data | null} */
    this.data = null;
    this.button = button("", "", () => this.save());
    this.said = el("span", { role: "status" });
    this.root = el("div", { class: "slide-button" }, this.button, this.said);
  }

  /** @param {Data} data */
  receive(data) {
    this.data = data;
    setText(this.button, data.label);
    this.button.title = data.help;
    setText(this.said, "");
  }

  save() {
    const { data } = this;
    if (!data) return;
    const done = data.view ? askForView(data.view) : saveChart(data.chart);
    setText(this.said, done ? "" : "It is not drawn yet. Try again in a moment.");
  }
}

/**
 * The chart's own way to save itself, for which its button has the format, size and name.
 * @param {string} key
 */
function saveChart(key) {
  const found = document.querySelector(`.st-key-${CSS.escape(key)} .modebar-btn`);
  if (!found) return false;
  window.addEventListener("click", hush, { capture: true });
  setTimeout(() => window.removeEventListener("click", hush, { capture: true }), MAKING_MS);
  found.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  return true;
}

/**
 * The chart clicks a link of its own for the download, outside of the popover, which would close and take it away.
 * @param {Event} event
 */
function hush(event) {
  if (event.target instanceof HTMLAnchorElement && event.target.download) event.stopPropagation();
}

export default mount(() => new SlideButton());
