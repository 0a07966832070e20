// A method that is pointed at, or has the focus, is marked wherever the page shows it: in the viewer, in tables of methods
// and in the chart, whose other lines fade. All in the browser.

const CHART = ".js-plotly-plot";
const FADED = "0.25";

/** @typedef {{ name?: string }} Line */
/** @typedef {{ points: { data: Line }[] }} Hover */
/** @typedef {HTMLElement & { data?: Line[], on?: (event: string, act: (event: Hover) => void) => void }} Chart what plotly adds to its element */

/**
 * The method that a part of the page belongs to; empty for none. "name@2" is the model "name" after two stages.
 * @param {EventTarget | null} node
 */
export function methodAt(node) {
  const found = node instanceof Element ? node.closest("[data-method]") : null;
  return found?.getAttribute("data-method") ?? "";
}

/** @param {string} name */
export function modelOf(name) {
  return name.split("@")[0];
}

/**
 * How strongly each line of a chart is drawn while a method is pointed at: all lines when none of them is of that method.
 * @param {Line[]} lines
 * @param {string} name
 * @returns {string[]} opacities for CSS
 */
export function opacities(lines, name) {
  const model = modelOf(name);
  const own = lines.map((line) => model !== "" && (line.name === model || line.name === `${model} (held)`));
  return own.map((is) => (is || !own.includes(true) ? "" : FADED));
}

export class Marked {
  /** @param {HTMLElement} root of the viewer */
  constructor(root) {
    this.root = root;
    this.name = "";
    /** @type {WeakSet<Chart>} */
    this.heard = new WeakSet();
    this.onOver = (/** @type {Event} */ event) => this.over(event);
    root.addEventListener("focusin", (event) => this.mark(methodAt(event.target)));
    root.addEventListener("focusout", () => this.mark(""));
    document.addEventListener("pointerover", this.onOver);
  }

  /**
   * The pointer is over another part of the page; the viewer's own parts tell for themselves.
   * @param {Event} event
   */
  over({ target }) {
    if (!(target instanceof Element) || target.shadowRoot) return;
    const chart = /** @type {Chart | null} */ (target.closest(CHART));
    if (chart) this.listen(chart);
    else this.mark(methodAt(target));
  }

  /** @param {Chart} chart */
  listen(chart) {
    if (this.heard.has(chart) || !chart.on) return;
    this.heard.add(chart);
    chart.on("plotly_hover", ({ points }) => this.mark(points[0]?.data.name?.replace(" (held)", "") ?? ""));
    chart.on("plotly_unhover", () => this.mark(""));
  }

  /** @param {string} name of a method; empty for none */
  mark(name) {
    if (name === this.name) return;
    this.name = name;
    for (const [place, same] of /** @type {const} */ ([
      [this.root, (/** @type {string} */ own) => own === name || own === modelOf(name) || modelOf(own) === name],
      [document, (/** @type {string} */ own) => own === modelOf(name)],
    ])) {
      for (const node of place.querySelectorAll("[data-method]")) {
        node.toggleAttribute("data-hot", name !== "" && same(node.getAttribute("data-method") ?? ""));
      }
    }
    for (const chart of /** @type {NodeListOf<Chart>} */ (document.querySelectorAll(CHART))) {
      const lines = /** @type {NodeListOf<SVGElement>} */ (chart.querySelectorAll(".scatterlayer > .trace"));
      const strengths = opacities(chart.data ?? [], name);
      if (lines.length !== strengths.length) continue;
      for (const [i, strength] of strengths.entries()) lines[i].style.opacity = strength;
    }
  }

  end() {
    document.removeEventListener("pointerover", this.onOver);
  }
}
