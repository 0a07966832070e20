// The ladder: every stage of the chosen channel at once, a number line each, what is left of one leading to the next.

import { button, el, svg } from "../shared/browser/elements.js";
import { decimal } from "../shared/browser/numbers.js";
import { ladderRows, latentOf, sumOfSteps } from "./ladder_rows.js";
import { number } from "./symbols.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */
/** @typedef {import("./ladder_rows.js").Row} Row */
/** @typedef {{ width: number, height: number, line: number }} Room of a row's drawing, and where its line lies in it */

const NARROW = 640; // px: below, the words stand over the lines
const MANY = 12; // levels above which their ticks are thin
const NAMED = 4; // levels up to which each is named
const LOW = 56; // px of a row that has no room for that
const MANY_ROWS = 5; // above, rows are low

export class Ladder {
  /** @param {(stage: number) => void} choose a stage */
  constructor(choose) {
    this.choose = choose;
    this.head = el("h2");
    this.told = el("span", { class: "told" });
    this.picture = svg("svg", { class: "rungs", role: "img" });
    this.list = el("ol", { class: "rows" });
    this.foot = el("p", { class: "foot" });
    this.root = el("section", { class: "ladder", "aria-label": "All stages of one channel" });
    this.root.append(
      el("div", { class: "headline" }, this.head, this.told),
      el("div", { class: "stack" }, this.picture, this.list),
      this.foot,
    );
    /** @type {(() => void) | null} */
    this.redraw = null;
    this.observer = new ResizeObserver(() => this.redraw?.());
    this.observer.observe(this.list);
  }

  destroy() {
    this.observer.disconnect();
  }

  /**
   * @param {Path} path
   * @param {State} state
   * @param {Path | null} before
   */
  show(path, state, before) {
    const rows = ladderRows(path, state, before);
    const count = rows.length === 1 ? "the one stage" : `all ${rows.length} stages`;
    this.head.textContent = `Channel ${state.channel + 1} of this block through ${count}`;
    this.told.textContent = path.told;
    const next = path.step === "small" ? state.stage + 1 : 0;
    this.list.classList.toggle("many", rows.length > MANY_ROWS);
    this.list.replaceChildren(...rows.map((row, k) => this.row(row, k, state, next)));
    const grey = before && rows.some((row) => row.old !== null) ? ` Grey: the same block in ${before.label}.` : "";
    this.foot.replaceChildren(...ending(path, state, rows), grey);
    this.redraw = () => this.draw(rows);
    this.redraw();
  }

  /**
   * @param {Row} row
   * @param {number} k from 0
   * @param {State} state
   * @param {number} marked the stage that the guide points at
   */
  row(row, k, state, marked) {
    const now = state.stage === k + 1;
    const title = `Write out stage ${k + 1}`;
    const pressed = { "aria-pressed": now ? "true" : "false", class: marked === k + 1 && "marked" };
    const pick = button(`Stage ${k + 1}`, title, () => this.choose(k + 1), pressed);
    const zoom =
      Math.abs(row.zoom - 1) > 0.05 &&
      el("small", { title: "How much finer this row's ruler is" }, `ruler ×${zoomText(row.zoom)}`);
    const enters = el("span", { class: "enters" }, "gets ", number("residual", decimal(row.value)));
    const left = el("div", { class: "start" }, pick, el("div", {}, enters, zoom || null));
    return el(
      "li",
      { class: now && "now" },
      left,
      el("div", { class: "end" }, ...outcome(row), el("small", { class: row.photoWorse && "bad" }, photoWords(row))),
    );
  }

  /** @param {Row[]} rows */
  draw(rows) {
    const items = [...this.list.children].map((item) => /** @type {HTMLElement} */ (item));
    if (!items.length) return;
    const narrow = this.list.clientWidth < NARROW;
    const area = { left: 0, right: this.list.clientWidth };
    if (!narrow) {
      area.left = /** @type {HTMLElement} */ (items[0].firstElementChild).offsetWidth;
      area.right -= /** @type {HTMLElement} */ (items[0].lastElementChild).offsetWidth;
    }
    const { offsetHeight: height } = items[0];
    const line = narrow ? height - 34 : height / 2 + (height > LOW ? 0 : 7);
    const room = { width: Math.max(120, area.right - area.left), height, line };
    this.picture.setAttribute("width", String(room.width));
    this.picture.setAttribute("height", String(height * rows.length));
    this.picture.style.left = `${area.left}px`;
    this.picture.setAttribute("aria-label", spoken(rows));
    this.picture.replaceChildren(...rows.flatMap((row, k) => [...leading(rows, k, room), ...rung(row, k, room)]));
  }
}

/**
 * Where a value stands in a row, in px; beyond the ruler, at its end.
 * @param {number} value
 * @param {number} reach
 * @param {number} width
 */
export function across(value, reach, width) {
  const half = width / 2 - 12;
  return width / 2 + (half * Math.max(-reach, Math.min(reach, value))) / reach;
}

/**
 * The number line of one row.
 * @param {Row} row
 * @param {number} k
 * @param {Room} room
 */
function rung(row, k, { width, height, line }) {
  const y = k * height + line;
  const x = (/** @type {number} */ value) => across(value, row.reach, width);
  const tall = row.levels.length > MANY ? 6 : 10;
  /** @type {SVGElement[]} */
  const parts = [
    svg("line", { x1: 4, x2: width - 4, y1: y, y2: y, class: "axis" }),
    svg("line", { x1: width / 2, x2: width / 2, y1: y - 13, y2: y + 13, class: "zero" }),
    ...row.levels.map((level) =>
      svg("line", { x1: x(level), x2: x(level), y1: y - tall, y2: y + tall, class: tall < 10 ? "tick thin" : "tick" }),
    ),
  ];
  if (row.levels.length <= NAMED && height > LOW) {
    parts.push(...row.levels.map((level) => words(x(level), y + 26, decimal(level), "level", width)));
  }
  if (row.old !== null && Math.abs(row.old) <= row.reach) {
    const title = svg("title", {}, `before: ${decimal(row.old)}`);
    parts.push(svg("circle", { cx: x(row.old), cy: y, r: 5, class: "ghost" }, title));
  }
  if (!row.out) {
    parts.push(svg("circle", { cx: x(row.step), cy: y, r: 8, class: "chosen", "data-symbol": "step" }));
    parts.push(...arrow(x(row.step), x(row.value), y));
  }
  parts.push(svg("circle", { cx: x(row.value), cy: y, r: 4.5, class: "dot", "data-symbol": "residual" }));
  parts.push(words(x(row.value), y - 12, decimal(row.value), "value", width));
  return parts;
}

/**
 * What leads from a row to the next: the remainder there and here, on their rulers.
 * @param {Row[]} rows
 * @param {number} k
 * @param {Room} room
 */
function leading(rows, k, { width, height, line }) {
  const [row, next] = [rows[k], rows[k + 1]];
  if (!next) return [];
  const [top, bottom] = [k * height + line, (k + 1) * height + line];
  const at = (/** @type {number} */ value, /** @type {Row} */ of) => across(value, of.reach, width);
  const d = `M${at(row.out ? 0 : row.step, row)} ${top}L${at(row.value, row)} ${top}L${at(next.value, next)} ${bottom}L${width / 2} ${bottom}Z`;
  return [svg("path", { d, class: row.worse ? "band bad" : "band" })];
}

/**
 * The remainder, from the chosen level to the value.
 * @param {number} from
 * @param {number} to
 * @param {number} y
 */
function arrow(from, to, y) {
  const way = Math.sign(to - from);
  if (!way) return [];
  const head = Math.min(7, Math.abs(to - from));
  const d = `M${from} ${y}H${to}M${to - way * head} ${y - head}L${to} ${y}L${to - way * head} ${y + head}`;
  return [svg("path", { class: "arrow", "data-symbol": "remainder", d })];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} kind
 * @param {number} width of the drawing, in which the words stay
 */
function words(x, y, text, kind, width) {
  const inside = Math.max(26, Math.min(width - 26, x));
  return svg("text", { x: inside, y, class: kind }, text);
}

/**
 * Two digits, or all of a larger number.
 * @param {number} zoom
 */
export function zoomText(zoom) {
  return zoom < 99.5 ? zoom.toPrecision(2) : String(Math.round(zoom));
}

/** @param {Row} row */
function outcome(row) {
  const left = number("remainder", decimal(row.remainder));
  if (row.out) return [el("span", {}, "left out by this stage: it stays")];
  if (!row.worse) return [el("span", {}, "leaves ", left)];
  const told = el("strong", { class: "bad" }, "▲ rounding made it worse: ");
  return [el("span", {}, told, number("residual", decimal(row.value)), " → ", left)];
}

/** @param {Row} row */
function photoWords({ photo: [before, after], photoWorse }) {
  return `whole photo, RMS ${decimal(before)} → ${decimal(after)}${photoWorse ? ", worse" : ""}`;
}

/**
 * What became of the number in the end.
 * @param {Path} path
 * @param {State} state
 * @param {Row[]} rows
 */
function ending(path, state, rows) {
  const z = latentOf(path, state);
  const bounded = path.conditioning === "geometric" ? `, bounded to ${decimal(rows[0].value)},` : "";
  const filled = rows.some((row) => row.levels.length) ? "the chosen level" : "the step";
  return [
    `The decoder gets the sum of the steps, `,
    number("quantized", decimal(sumOfSteps(path, state))),
    `, for z = ${decimal(z)}${bounded} and misses `,
    number("remainder", decimal(rows[rows.length - 1].remainder)),
    `. Dot: what enters. Filled: ${filled}. Arrow: what remains, and enters the next stage.`,
  ];
}

/** @param {Row[]} rows */
function spoken(rows) {
  return rows
    .map(
      ({ value, step, remainder }, k) =>
        `Stage ${k + 1}: ${decimal(value)} minus ${decimal(step)} leaves ${decimal(remainder)}`,
    )
    .join(". ");
}
