// Guided steps as a list of links. A plain click goes through the server, which keeps the session; others open a tab.

import { el } from "./browser/elements.js";
import { VERSION } from "./browser/envelope.js";
import { mount } from "./browser/mount.js";

/** @typedef {{ name: string, title: string, query: string }} Step */
/** @typedef {{ steps: Step[], current: string }} Data */
/** @typedef {import("./browser/mount.js").Component<Data>} Component */

class Steps {
  constructor() {
    this.root = el("ol", { "aria-label": "Guided steps" });
  }

  /**
   * @param {Data} data
   * @param {Component} component
   */
  receive({ steps, current }, { setTriggerValue }) {
    const links = steps.map(({ name, title, query }) => {
      const link = el("a", { href: `?${query}`, "aria-current": name === current && "step" }, title);
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        setTriggerValue("step", { version: VERSION, name });
      });
      return el("li", {}, link);
    });
    this.root.replaceChildren(...links);
  }
}

export default mount(() => new Steps());
