// Level sets, a row each: what it costs, a button that copies its line of code, a link that opens it in Compare.

import { el } from "../../shared/browser/elements.js";
import { VERSION } from "../../shared/browser/envelope.js";
import { mount } from "../../shared/browser/mount.js";

/** @typedef {{ title: string, hint: string }} Column */
/** @typedef {{ name: string, levels: string, note: string, cells: string[], code: string, network: string, query: string }} Row */
/** @typedef {{ columns: Column[], rows: Row[] }} Data */
/** @typedef {import("../../shared/browser/mount.js").Component<Data>} Component */

class LevelTable {
  constructor() {
    this.said = el("p", { role: "status", class: "said" });
    this.field = el("input", { readonly: true, hidden: true, "aria-label": "Line of code" });
    this.box = el("div", { class: "scroll", role: "group", tabindex: 0, "aria-label": "Table: level sets" });
    this.root = el("div", { class: "sets" }, this.box, this.said, this.field);
  }

  /**
   * @param {Data} data
   * @param {Component} component
   */
  receive({ columns, rows }, { setTriggerValue }) {
    const titles = columns.map(({ title, hint }) => el("th", { scope: "col", title: hint }, title));
    const head = el("tr", {}, el("th", { scope: "col" }, "levels of each channel"), ...titles, el("th"));
    /** @param {string} name */
    const open = (name) => setTriggerValue("open", { version: VERSION, name });
    const body = rows.map((row) => this.row(columns, row, open));
    this.box.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
    this.said.textContent = "";
    this.field.hidden = true;
  }

  /**
   * @param {Column[]} columns
   * @param {Row} row
   * @param {(name: string) => void} open
   */
  row(columns, row, open) {
    const note = row.note ? el("small", {}, row.note) : null;
    const title = el("th", { scope: "row" }, el("span", {}, row.levels), note);
    const cells = row.cells.map((text, n) => el("td", { "data-title": columns[n].title }, text));
    const copy = el(
      "button",
      { type: "button", title: `Copy ${row.code}`, onclick: () => this.copy(row.code) },
      "Copy",
    );
    return el("tr", {}, title, ...cells, el("td", { class: "act" }, copy, row.network ? this.link(row, open) : null));
  }

  /**
   * A plain click goes through the server, which keeps the session; others open a tab.
   * @param {Row} row
   * @param {(name: string) => void} open
   */
  link({ name, network, query }, open) {
    const link = el("a", { href: `./?${query}`, title: `Open in Compare, on ${network}` }, "Compare");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      open(name);
    });
    return link;
  }

  /** @param {string} code */
  async copy(code) {
    try {
      await navigator.clipboard.writeText(code);
      this.field.hidden = true;
      this.said.textContent = `Copied: ${code}`;
    } catch {
      // No permission, or neither https nor localhost.
      this.field.value = code;
      this.field.hidden = false;
      this.field.select();
      this.said.textContent = "Copy this line:";
    }
  }
}

export default mount(() => new LevelTable());
