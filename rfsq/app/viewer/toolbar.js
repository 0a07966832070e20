// The bar above the pictures: views, zoom, sharpness, the original while held, full screen, the list of keys.

import { button, el, setText } from "../shared/browser/elements.js";

/** @typedef {import("./state.js").View} View */

/** @type {[View, string, string][]} view, name, key */
const VIEWS = [
  ["grid", "Grid", " (0)"],
  ["divider", "Divider", " (D)"],
  ["flip", "Flip", "; again for the other one"],
  ["error", "Error map", " (E)"],
];

/**
 * @typedef {object} ToolTargets what the tools act on
 * @property {import("./chosen.js").Chosen} chosen
 * @property {import("./row.js").Row} row
 * @property {(on: boolean) => void} hold
 * @property {() => void} toggleFull
 * @property {() => void} toggleKeys
 */

export class Toolbar {
  /** @param {ToolTargets} viewer */
  constructor(viewer) {
    const { chosen, row } = viewer;
    this.views = VIEWS.map(([view, name, key]) =>
      button(name, `View: ${name}${key}`, () => chosen.setView(view), { "data-view": view }),
    );
    this.zoom = el("output", { class: "zoom-text", "aria-label": "Zoom" });
    this.sharp = button("Smooth", "Sharp pixels or smooth (P)", () => row.toggleSharp(), { "data-fine": true });
    this.hold = holdButton(viewer);
    this.full = button("Full", "Full screen (F)", () => viewer.toggleFull(), { hidden: !document.fullscreenEnabled });
    this.keys = button("?", "List of keys (?)", () => viewer.toggleKeys(), { "aria-expanded": "false" });
    const zoom = el(
      "div",
      { class: "zoom", role: "group", "aria-label": "Zoom" },
      button("−", "Zoom out (−)", () => row.step(-1)),
      this.zoom,
      button("+", "Zoom in (+)", () => row.step(1)),
      button("Reset", "Zoom and position back to the start (Esc)", () => chosen.reset()),
    );
    this.root = el(
      "div",
      { class: "bar" },
      el("div", { class: "views", role: "group", "aria-label": "View" }, ...this.views),
      el("div", { class: "tools" }, zoom, this.sharp, this.hold, this.full, this.keys),
    );
  }

  /** @param {{ view: View, zoom: string, sharp: boolean, held: boolean, full: boolean }} now */
  write({ view, zoom, sharp, held, full }) {
    for (const node of this.views) node.setAttribute("aria-pressed", String(node.dataset.view === view));
    setText(this.zoom, zoom);
    setText(this.sharp, sharp ? "Sharp pixels" : "Smooth");
    this.sharp.setAttribute("aria-pressed", String(sharp));
    this.hold.setAttribute("aria-pressed", String(held));
    setText(this.full, full ? "Leave" : "Full");
  }
}

/** @param {Pick<ToolTargets, "hold">} viewer */
function holdButton(viewer) {
  const node = button("Hold O", "Hold to see the original everywhere (O)", () => {}, { "data-fine": true });
  node.addEventListener("pointerdown", () => viewer.hold(true));
  for (const end of ["pointerup", "pointerleave", "pointercancel", "keyup"]) {
    node.addEventListener(end, () => viewer.hold(false));
  }
  node.addEventListener("contextmenu", (event) => event.preventDefault());
  node.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && viewer.hold(true));
  return node;
}
