// The state of one viewer, what changes it, and what Python hears of it.

import { Reporter } from "../shared/browser/report.js";
import { namesOf } from "./message.js";
import { firstState, reported, reset, withFocus, within, withView } from "./state.js";

/** @typedef {import("./message.js").Header} Header */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").View} View */

const REST_MS = 250;

/** @type {Map<string, State>} of each viewer by its key: survives a remount, not a reload */
const memory = new Map();

/**
 * @typedef {object} Page what follows from a choice
 * @property {() => void} refresh other pictures are shown
 * @property {(began?: number) => void} draw the same ones look different; began: when the hand moved
 * @property {() => void} announce nothing has changed for a while
 */

export class Chosen {
  /**
   * @param {string} key
   * @param {Page} page
   */
  constructor(key, page) {
    this.key = key;
    this.page = page;
    /** @type {Header | null} */
    this.header = null; // of the pictures on the page; all choices wait for it
    this.state = memory.get(key) ?? null;
    this.sliding = false; // the slider of the stages is in the hand
    const report = () => (this.state ? reported(this.state) : {});
    this.reporter = new Reporter("report", report, REST_MS, () => page.announce());
  }

  /** @param {State} state */
  keep(state) {
    this.state = state;
    memory.set(this.key, state);
  }

  /**
   * Go with a message: its stage and view count when the part obeys it, else the person's own.
   * @param {Header} header
   * @param {boolean} narrow
   */
  follow(header, narrow) {
    const { state, header: before } = this;
    this.header = header;
    const kept = { command: state?.command ?? 0, session: state?.session ?? "" };
    const obeyed = this.reporter.obeys(kept, header, this.sliding || this.reporter.pending);
    let next = state ? { ...state, ...kept } : firstState(header, narrow);
    if (state && obeyed) next = commanded(next, header);
    this.keep(next);
    if (!state || obeyed) this.reporter.agree();
    this.keep(within(next, header, before));
    if (this.reporter.differs && !this.sliding) this.reporter.later(0);
  }

  // ---- what Python hears of ------------------------------------------------------------------------------------

  /** @param {State} state */
  choose(state) {
    this.keep(state);
    this.page.refresh();
    this.reporter.later();
  }

  /**
   * @param {number} stage
   * @param {boolean} [atOnce] tell Python without waiting
   */
  setStage(stage, atOnce = false) {
    const { header, state } = this;
    if (!header || !state) return;
    const began = performance.now();
    const next = Math.min(Math.max(1, stage), header.stages);
    if (next === state.stage) return;
    this.keep({ ...state, stage: next });
    this.page.draw(began);
    if (header.live && !atOnce) this.reporter.later();
    else if (!this.sliding) this.reporter.later(0); // a slider in the hand is told when it is let go
  }

  /** @param {number} by */
  moveStage(by) {
    if (this.state) this.setStage(this.state.stage + by);
  }

  /** @param {boolean} on the slider was taken, or let go */
  slide(on) {
    if (this.sliding === on) return;
    this.sliding = on;
    if (!on) this.reporter.later(0);
  }

  /** @param {View} view */
  setView(view) {
    if (this.header && this.state) this.choose(withView(this.state, view, this.header));
  }

  /** @param {View} view or, from it, the grid */
  toggleView(view) {
    this.setView(this.state?.view === view ? "grid" : view);
  }

  /** @param {string} id one picture ("original" or a method's name), or "all" */
  setFocus(id) {
    if (this.header && this.state) this.choose(withFocus(this.state, id));
  }

  /** @param {number} number of a method, counted from 1 */
  showMethod(number) {
    if (this.header) this.setFocus(namesOf(this.header)[number - 1]);
  }

  // ---- what Python does not hear of ----------------------------------------------------------------------------

  /** @param {Partial<State>} part */
  adjust(part) {
    if (!this.header || !this.state) return;
    this.keep({ ...this.state, ...part });
    this.page.draw();
  }

  /**
   * @param {"left" | "right"} side of the divider
   * @param {string} id
   */
  setSide(side, id) {
    this.adjust({ [side]: id });
  }

  swap() {
    if (this.state) this.adjust({ left: this.state.right, right: this.state.left });
  }

  reset() {
    if (this.state) this.adjust(reset(this.state));
  }
}

/**
 * The state after Python's newer wish.
 * @param {State} state
 * @param {Header} header
 */
function commanded(state, header) {
  const next = { ...state, stage: header.stage };
  return header.view === reported(next).view ? next : withView(next, header.view, header);
}
