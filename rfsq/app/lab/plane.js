// The plane: state, controls, canvas and the numbers beside it. The server hears of it once nothing moves any more.

import { button, el, setText } from "../shared/browser/elements.js";
import { press } from "../shared/browser/keys.js";
import { devicePixels, magnified, sized } from "../shared/browser/magnified.js";
import { mount } from "../shared/browser/mount.js";
import { Reporter } from "../shared/browser/report.js";
import { colorsOf } from "../shared/browser/theme.js";
import { drawStage } from "./draw.js";
import { canvasSize, squareIn, toPlane } from "./geometry.js";
import { Motion } from "./motion.js";
import { cellAt, nearestSample, PHASES, readRun, stepped } from "./run.js";
import { bitsText, pair, StageTable } from "./stage_table.js";

/** @typedef {import("./run.js").Run} Run */
/** @typedef {import("./run.js").State} State */
/** @typedef {import("../shared/browser/mount.js").Component<Uint8Array>} Component */

const REST_MS = 350;
const PHASE_NAMES = { enters: "Enters", sent: "Sent to", left: "Left" };
const HINT = "Click a sample to follow it. The dashed line is what was left of it, stage after stage.";

/** @type {{ state: State | null, command: number, session: string, run: Run | null }} survives a remount, not a reload */
const kept = { state: null, command: 0, session: "", run: null };

class Plane {
  constructor() {
    /** @type {Run | null} */
    this.run = null;
    /** @type {Run | null} */
    this.before = null; // the setting before, for the grey cloud
    /** @type {import("./draw.js").Colors | null} */
    this.colors = null;
    this.motion = new Motion(() => this.show());
    this.reporter = new Reporter("report", () => ({ ...kept.state, command: kept.command }), REST_MS);

    this.playButton = button("▶ Play", "Play all stages (space)", () => this.toggle(), { class: "play" });
    this.stageButtons = el("div", { class: "group", role: "group", "aria-label": "Stage" });
    this.phaseButtons = PHASES.map((phase) =>
      button(PHASE_NAMES[phase], PHASE_NAMES[phase], () => this.set({ phase }), { "data-phase": phase }),
    );
    this.magnifier = button("Magnify", "Magnify this stage's cloud (M)", () => this.magnify());
    this.canvas = el("canvas", { role: "img", "aria-label": "Samples over the cells of one stage" });
    this.canvas.addEventListener("click", (event) => this.pick(event));
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => setText(this.readout, HINT));
    this.reading = el("p", { class: "reading", "aria-live": "polite" });
    this.readout = el("p", { class: "readout" }, HINT);
    this.table = new StageTable((stage) => this.set({ stage }));
    this.room = el("div", { class: "canvas" }, this.canvas);
    this.root = this.box();

    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.room);
  }

  destroy() {
    this.motion.stop();
    this.reporter.end();
    this.observer.disconnect();
  }

  box() {
    const back = button("‹", "One step back (←)", () => this.step(-1));
    const next = button("›", "One step on (→)", () => this.step(1));
    const phases = el(
      "div",
      { class: "group", role: "group", "aria-label": "Step of the stage" },
      ...this.phaseButtons,
    );
    const play = el("div", { class: "group" }, this.playButton, back, next);
    const label = "The plane. Arrow keys step, space plays, M magnifies.";
    const root = el(
      "div",
      { class: "part plane", tabindex: 0, role: "group", "aria-label": label },
      el("div", { class: "bar" }, play, this.stageButtons, phases, this.magnifier),
      this.reading,
      this.room,
      this.readout,
      this.table.root,
    );
    root.addEventListener("keydown", (event) => this.onKey(event));
    return root;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Component} component
   */
  receive(bytes, { setStateValue }) {
    this.reporter.send = setStateValue;
    const run = readRun(bytes);
    const old = kept.run;
    if (old && JSON.stringify(old.stages) !== JSON.stringify(run.stages)) {
      this.before = old.source === run.source ? old : null;
    }
    kept.run = run;
    this.run = run;
    const colors = colorsOf(this.root);
    this.colors = { ...colors, method: colors.dark ? run.dark : run.light };
    if (this.reporter.obeys(kept, run)) this.follow(run);
    const { stage, probe } = kept.state ?? run.state;
    const known = probe >= 0 && probe < run.count;
    kept.state = {
      ...(kept.state ?? run.state),
      stage: Math.min(stage, run.stages.length),
      probe: known ? probe : run.state.probe,
    };
    if (!this.motion.gliding) this.motion.phase = PHASES.indexOf(kept.state.phase);
    this.stageButtons.replaceChildren(
      ...run.stages.map((_, k) => button(String(k + 1), `Stage ${k + 1}`, () => this.set({ stage: k + 1 }))),
    );
    this.show();
  }

  /** @param {Run} run */
  follow(run) {
    this.stop();
    this.reporter.follow(kept.state, run.known, run.state, (state) => {
      kept.state = state;
    });
  }

  // ---- moving --------------------------------------------------------------------------------------------------

  /** @param {Partial<State>} change */
  set(change) {
    if (!kept.state) return;
    this.stop();
    kept.state = { ...kept.state, ...change };
    this.motion.phase = PHASES.indexOf(kept.state.phase);
    this.show();
    this.reporter.later();
  }

  magnify() {
    if (kept.state) this.set({ magnify: !kept.state.magnify });
  }

  /**
   * Glide one phase on or back.
   * @param {number} direction
   */
  step(direction) {
    const { run } = this;
    const { state } = kept;
    const to = run && state && stepped(state, direction, run.stages.length);
    if (!to) return;
    this.stop();
    const from = to.stage === state.stage ? this.motion.phase : to.phase; // another stage's cloud is another one
    kept.state = { ...state, stage: to.stage, phase: PHASES[to.phase] };
    this.motion.glide(from, to.phase, () => this.reporter.later());
  }

  toggle() {
    const { run } = this;
    const { state } = kept;
    if (!run || !state) return;
    if (this.motion.playing) return this.stop();
    const atEnd = state.phase === "left";
    const next = state.stage === run.stages.length ? 1 : state.stage + 1;
    this.play(atEnd ? next : state.stage);
  }

  /**
   * Play a stage and those after it.
   * @param {number} stage
   */
  play(stage) {
    const reached = (/** @type {number} */ phase) => {
      if (kept.state) kept.state = { ...kept.state, stage, phase: PHASES[phase] };
    };
    this.motion.playStage(reached, () => {
      if (this.run && stage < this.run.stages.length) return this.play(stage + 1);
      this.stop();
      this.show();
      this.reporter.later();
    });
  }

  stop() {
    this.motion.stop();
    if (kept.state) this.motion.phase = PHASES.indexOf(kept.state.phase);
    setText(this.playButton, "▶ Play");
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    press(event, {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      m: () => this.magnify(),
      " ": event.target === this.root ? () => this.toggle() : undefined, // elsewhere it presses a button
    });
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  show() {
    const { run } = this;
    const { state } = kept;
    if (!run || !state) return;
    [...this.stageButtons.children].forEach((node, k) => {
      node.setAttribute("aria-pressed", String(k + 1 === state.stage));
    });
    for (const node of this.phaseButtons) {
      node.setAttribute("aria-pressed", String(node.dataset.phase === state.phase));
    }
    this.magnifier.setAttribute("aria-pressed", String(state.magnify));
    const gain = run.stages[state.stage - 1].gain.toPrecision(2);
    setText(this.magnifier, state.magnify ? `Magnified ×${gain}` : "Magnify");
    setText(this.playButton, this.motion.playing ? "❚❚ Pause" : "▶ Play");
    setText(this.reading, sentence(run, state));
    this.table.write(run, state);
    this.draw();
  }

  draw() {
    const { run, canvas, colors } = this;
    const { state } = kept;
    if (!run || !state || !colors) return;
    const { width, height } = canvasSize(this.room.clientWidth, window.innerHeight / magnified(this.room));
    const pen = sized(canvas, width, height);
    pen.fillStyle = colors.page;
    pen.fillRect(0, 0, width, height);
    const scene = { pen, colors, ...this.place() };
    drawStage(scene, run, this.before, state.stage - 1, this.motion.phase, state.probe);
  }

  /** Where the plane is on the canvas, and how much of it. */
  place() {
    const ratio = devicePixels(this.room);
    const square = squareIn(this.canvas.width / ratio, this.canvas.height / ratio);
    const { run } = this;
    if (!run || !kept.state) return { square, reach: 1 };
    return { square, reach: run.reach / (kept.state.magnify ? run.stages[kept.state.stage - 1].gain : 1) };
  }

  // ---- pointing ------------------------------------------------------------------------------------------------

  /**
   * The point of the plane under the pointer.
   * @param {MouseEvent} event
   */
  pointAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const { square, reach } = this.place();
    return toPlane(square, reach, event.clientX - box.left, event.clientY - box.top);
  }

  /** @param {MouseEvent} event */
  pick(event) {
    const { run } = this;
    if (!run || !kept.state) return;
    this.set({ probe: nearestSample(run, kept.state.stage - 1, this.motion.phase, this.pointAt(event)) });
  }

  /** @param {MouseEvent} event */
  hover(event) {
    const { run } = this;
    if (!run || !kept.state) return;
    const [x, y] = this.pointAt(event);
    if (Math.max(Math.abs(x), Math.abs(y)) > this.place().reach) return;
    const stage = run.stages[kept.state.stage - 1];
    const code = cellAt(stage, [x, y]);
    const samples = `${stage.counts[code]} samples, sent to ${pair(stage.codes[code])}`;
    setText(this.readout, `Cell of code ${code}: ${samples}`);
  }
}

/**
 * @param {Run} run
 * @param {State} state
 */
function sentence(run, { stage, phase }) {
  const { used, codes, entropy } = run.stages[stage - 1];
  const what = {
    enters: stage === 1 ? "the samples" : `what stage ${stage - 1} left`,
    sent: "where each sample is sent",
    left: `what stage ${stage} leaves`,
  }[phase];
  const bits = `${entropy.toFixed(1)} of ${bitsText(run.bits, 1)} bits`;
  const use = `${used} of ${codes.length} cells in use, as varied as ${(2 ** entropy).toFixed(1)} used equally: ${bits}`;
  return `Stage ${stage} of ${run.stages.length}, ${run.method}: ${what}. ${use}.`;
}

export default mount(() => new Plane());
