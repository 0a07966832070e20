// A button of "For slides": asks a viewer for its pictures, or a chart for its drawing. Both are made in the browser.

import { button, el, setText } from "../browser/elements.js";
import { mount } from "../browser/mount.js";
import { askForView } from "../browser/save_view.js";
import { placedText } from "./svg_text.js";

const MAKING_MS = 10_000; // that a chart may take to draw itself
const NOT_YET = "It is not drawn yet. Try again in a moment.";

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
    const done = data.view ? askForView(data.view) : this.saveChart(data.chart);
    setText(this.said, done ? "" : NOT_YET);
  }

  /**
   * By the chart's own way to save itself, for which its button has the format, size and name. It ends in a click on a link,
   * which would close the popover: the drawing is taken from there.
   * @param {string} key
   */
  saveChart(key) {
    const found = document.querySelector(`.st-key-${CSS.escape(key)} .modebar-btn`);
    if (!found) return false;
    const take = (/** @type {Event} */ event) => {
      if (!(event.target instanceof HTMLAnchorElement && event.target.download)) return;
      event.preventDefault();
      event.stopPropagation();
      window.removeEventListener("click", take, { capture: true });
      const { href, download } = event.target;
      saveDrawing(href, download).catch((error) => {
        console.error(error);
        setText(this.said, NOT_YET);
      });
    };
    window.addEventListener("click", take, { capture: true });
    setTimeout(() => window.removeEventListener("click", take, { capture: true }), MAKING_MS);
    found.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    return true;
  }
}

/**
 * @param {string} address of the drawing in this page
 * @param {string} name of its file
 */
async function saveDrawing(address, name) {
  const svg = placedText(await (await fetch(address)).text());
  const link = el("a", { download: name });
  link.href = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export default mount(() => new SlideButton());
