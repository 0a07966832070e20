// Tells the server whether the page is as narrow as a phone: charts put their names above the plot there.

import { el } from "./browser/elements.js";
import { mount } from "./browser/mount.js";
import { Reporter } from "./browser/report.js";

const NARROW = "(max-width: 640px)"; // as in look.css

/** @typedef {{ narrow: boolean }} Data what the server knows */

class PageWidth {
  constructor() {
    this.root = el("span", { hidden: true });
    this.query = matchMedia(NARROW);
    this.reporter = new Reporter("width", () => ({ narrow: this.query.matches }), 200);
    this.changed = () => this.reporter.later();
    this.query.addEventListener("change", this.changed);
  }

  /**
   * @param {Data} data
   * @param {import("./browser/mount.js").Component<Data>} component
   */
  receive({ narrow }, { setStateValue }) {
    this.reporter.send = setStateValue;
    this.reporter.told = JSON.stringify({ narrow });
    this.reporter.later(0);
  }

  destroy() {
    this.reporter.end();
    this.query.removeEventListener("change", this.changed);
  }
}

export default mount(() => new PageWidth());
