// The plane: state, controls, playing and the numbers beside it. The server hears of it when the hand rests.

const REST = 350; // ms
const STAGE_MS = 900; // one stage of play: to the codes, and on to what is left
const kept = { state: null, command: null, model: null }; // survives a remount, not a reload

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function push(text, label, onclick, attributes = {}) {
  return node("button", { type: "button", title: label, "aria-label": label, onclick, ...attributes }, text);
}

const number = (value) => (value < 0 ? "\u2212" : "\u2007") + Math.abs(value).toFixed(3);
const pair = (x, y) => `(${number(x)}, ${number(y)})`;
const three = (value) => (value >= 0.0005 ? value.toFixed(3) : value.toExponential(1).replace("-", "\u2212"));

class Plane {
  constructor(parent) {
    this.run = null;
    this.before = null; // the setting before, for the grey cloud
    this.phase = 0; // as drawn: fractions while it moves
    this.playing = 0;
    this.build();
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas.parentElement);
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.documentElement, { attributes: true });
  }

  destroy() {
    this.stop();
    clearTimeout(this.timer);
    this.observer.disconnect();
    this.themes.disconnect();
    this.root.remove();
  }

  build() {
    this.playButton = push("▶ Play", "Play all stages (space)", () => this.toggle(), { class: "play" });
    this.backButton = push("‹", "One step back (←)", () => this.step(-1));
    this.nextButton = push("›", "One step on (→)", () => this.step(1));
    this.stageButtons = node("div", { class: "group", role: "group", "aria-label": "Stage" });
    this.phaseButtons = node(
      "div", { class: "group", role: "group", "aria-label": "Step of the stage" },
      ...PHASES.map((phase) => push(PHASE_NAMES[phase], PHASE_NAMES[phase], () => this.set({ phase }), { "data-phase": phase })),
    );
    this.magnifier = push("Magnify", "Magnify this stage's cloud (M)", () => this.set({ magnify: !this.state.magnify }));
    this.canvas = node("canvas", { role: "img", "aria-label": "Samples over the cells of one stage", onclick: (event) => this.pick(event) });
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => (this.readout.textContent = this.hint));
    this.reading = node("p", { class: "reading", "aria-live": "polite" });
    this.readout = node("p", { class: "readout" });
    this.table = node("div", { class: "scroll" });
    this.root = node(
      "div", { class: "plane", tabindex: "0", role: "group", "aria-label": "The plane. Arrow keys step, space plays, M magnifies." },
      node("div", { class: "bar" }, node("div", { class: "group" }, this.playButton, this.backButton, this.nextButton), this.stageButtons, this.phaseButtons, this.magnifier),
      this.reading,
      node("div", { class: "canvas" }, this.canvas),
      this.readout,
      this.table,
    );
    this.hint = "Click a sample to follow it. The dashed line is what was left of it, stage after stage.";
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  receive(bytes, send) {
    this.send = send;
    const run = unpackRun(bytes);
    const same = kept.model && kept.model.source === run.source;
    if (kept.model && JSON.stringify(kept.model.stages) !== JSON.stringify(run.stages)) this.before = same ? kept.model : null;
    kept.model = run;
    this.run = run;
    if (kept.command !== run.command || !kept.state) {
      this.stop();
      kept.state = { ...run.state };
      kept.command = run.command;
      this.phase = PHASES.indexOf(kept.state.phase);
    }
    this.state = kept.state;
    this.state.stage = Math.min(this.state.stage, run.stages.length);
    if (this.state.probe < 0 || this.state.probe >= run.count) this.state.probe = run.state.probe;
    if (!this.playing) this.phase = PHASES.indexOf(this.state.phase);
    this.stageButtons.replaceChildren(...run.stages.map((_, k) => push(String(k + 1), `Stage ${k + 1}`, () => this.set({ stage: k + 1 }))));
    this.show();
  }

  // ---- moving --------------------------------------------------------------------------------------------------

  set(change) {
    this.stop();
    Object.assign(this.state, change);
    this.phase = PHASES.indexOf(this.state.phase);
    this.show();
    this.rest();
  }

  step(direction) {
    const at = 3 * (this.state.stage - 1) + PHASES.indexOf(this.state.phase) + direction;
    if (at < 0 || at >= 3 * this.run.stages.length) return;
    this.moveTo(Math.floor(at / 3) + 1, at % 3);
  }

  // Glide from where the cloud is to a phase of a stage.
  moveTo(stage, phase) {
    this.stop();
    const from = stage === this.state.stage ? this.phase : phase === 0 ? 0 : phase;
    this.state.stage = stage;
    this.state.phase = PHASES[phase];
    this.glide(from, phase, 320, () => this.rest());
  }

  glide(from, to, ms, then) {
    const began = performance.now();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const frame = (now) => {
      const t = still ? 1 : Math.min(1, (now - began) / ms);
      this.phase = from + (to - from) * (t * t * (3 - 2 * t));
      this.show();
      if (t < 1) this.playing = requestAnimationFrame(frame);
      else {
        this.playing = 0;
        then();
      }
    };
    this.playing = requestAnimationFrame(frame);
  }

  toggle() {
    if (this.running) return this.stop();
    const last = this.run.stages.length;
    if (this.state.stage === last && this.state.phase === "left") this.state.stage = 1;
    else if (this.state.phase === "left") this.state.stage += 1;
    this.running = true;
    this.playStage();
    return undefined;
  }

  playStage() {
    const pause = (ms, then) => (this.waiting = setTimeout(() => this.running && then(), ms));
    this.state.phase = "enters";
    this.phase = 0;
    this.show();
    pause(STAGE_MS / 6, () => {
      this.state.phase = "sent";
      this.glide(0, 1, STAGE_MS / 3, () => pause(STAGE_MS / 6, () => {
        this.state.phase = "left";
        this.glide(1, 2, STAGE_MS / 3, () => {
          if (!this.running) return;
          if (this.state.stage < this.run.stages.length) {
            this.state.stage += 1;
            this.playStage();
          } else {
            this.stop();
            this.show();
            this.rest();
          }
        });
      }));
    });
  }

  stop() {
    this.running = false;
    clearTimeout(this.waiting);
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    if (this.state) this.phase = PHASES.indexOf(this.state.phase);
    this.playButton.textContent = "▶ Play";
  }

  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("report", { ...this.state, command: kept.command }), REST);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), m: () => this.set({ magnify: !this.state.magnify }) }[event.key];
    const space = event.key === " " && event.target === this.root;
    if (!act && !space) return;
    event.preventDefault();
    event.stopPropagation();
    if (space) this.toggle();
    else act();
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  get gain() {
    return this.state.magnify ? this.run.stages[this.state.stage - 1].gain : 1;
  }

  show() {
    const { run, state } = this;
    const stage = run.stages[state.stage - 1];
    [...this.stageButtons.children].forEach((b, k) => b.setAttribute("aria-pressed", String(k + 1 === state.stage)));
    [...this.phaseButtons.children].forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.phase === state.phase)));
    this.magnifier.setAttribute("aria-pressed", String(state.magnify));
    this.magnifier.textContent = state.magnify ? `Magnified ×${this.gain.toPrecision(2)}` : "Magnify";
    this.playButton.textContent = this.running ? "❚❚ Pause" : "▶ Play";
    const what = { enters: state.stage === 1 ? "the samples" : `what stage ${state.stage - 1} left`, sent: "where each sample is sent", left: `what stage ${state.stage} leaves` }[state.phase];
    const text = `Stage ${state.stage} of ${run.stages.length}, ${run.method}: ${what}. ${stage.used} of ${stage.codes.length} cells in use, ` +
      `so it says ${stage.entropy.toFixed(1)} of ${run.bits.toFixed(run.bits % 1 ? 1 : 0)} bits.`;
    if (this.reading.textContent !== text) this.reading.textContent = text;
    if (!this.readout.textContent) this.readout.textContent = this.hint;
    this.numbers();
    this.draw();
  }

  colors() {
    const look = getComputedStyle(this.root);
    const page = look.getPropertyValue("--page-color").trim() || "#ffffff";
    const [r, g, b] = rgb(page);
    const dark = 0.3 * r + 0.6 * g + 0.1 * b < 128;
    const text = dark ? "#E6E9EE" : "#1A1F26";
    return { page, text, soft: dark ? "#A1A6AD" : "#5F6469", grid: dark ? "#6B727C" : "#A3A9B1", method: dark ? this.run.dark : this.run.light, font: look.fontFamily, dark };
  }

  draw() {
    if (!this.run) return;
    const ratio = window.devicePixelRatio || 1;
    const room = this.canvas.parentElement.clientWidth;
    const side = Math.max(260, Math.min(room, 660, Math.max(320, window.innerHeight - 260)));
    const height = side - PLOT_MARGIN.left - PLOT_MARGIN.right + PLOT_MARGIN.top + PLOT_MARGIN.bottom;
    if (this.canvas.width !== Math.round(side * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(side * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.width = `${side}px`;
      this.canvas.style.height = `${height}px`;
    }
    const ctx = this.canvas.getContext("2d");
    const colors = this.colors();
    const k = this.state.stage - 1;
    const reach = this.run.reach / this.gain;
    const plot = plotOf(this.canvas, ratio);
    const stage = this.run.stages[k];
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = colors.page;
    ctx.fillRect(0, 0, side, height);
    drawCells(ctx, stage, plot, reach, colors);
    if (this.before && k > 0 && k < this.before.stages.length && this.phase === 0) {
      ctx.globalAlpha = 0.35;
      drawDots(ctx, this.before, k, 0, plot, reach, colors.grid, 1.2);
    }
    ctx.globalAlpha = colors.dark ? 0.6 : 0.5;
    drawDots(ctx, this.run, k, this.phase, plot, reach, colors.method, 1.4);
    ctx.globalAlpha = 1;
    drawCodes(ctx, stage, plot, reach, colors);
    drawProbe(ctx, this.run, k, this.phase, this.state.probe, plot, reach, colors);
    drawAxes(ctx, plot, reach, colors);
    this.plot = { plot, reach };
  }

  // A row for each stage: how much of it is used, and where the probe goes.
  numbers() {
    const { run, state } = this;
    const head = ["stage", "entropy", "levels used", "cells", "RMS left", "the sample", "sent to"];
    const rows = run.stages.map((stage, k) => {
      const r = run.residuals[k];
      const code = stage.codes[run.indices[k][state.probe]];
      const p = 2 * state.probe;
      const share = Math.min(100, (100 * stage.entropy) / run.bits);
      const bar = node("span", { class: "use" });
      bar.style.setProperty("--share", `${share}%`);
      bar.textContent = `${stage.entropy.toFixed(2)} of ${run.bits.toFixed(run.bits % 1 ? 2 : 0)} bits`;
      const cells = [
        String(k + 1), bar, stage.levels === null ? "\u2013" : `${stage.levels.toFixed(1)}/${run.levels}`, `${stage.used}/${stage.codes.length}`,
        three(run.rms[k + 1]), pair(r[p], r[p + 1]), pair(code[0], code[1]),
      ].map((content, n) => node(n ? "td" : "th", n ? {} : { scope: "row" }, content));
      return node("tr", { class: k + 1 === state.stage ? "now" : "", onclick: () => this.set({ stage: k + 1 }) }, ...cells);
    });
    const last = run.residuals[run.stages.length];
    const ends = node("tr", { class: "end" }, node("th", { scope: "row", colspan: "5" }, "left of the sample"), node("td", {}, pair(last[2 * state.probe], last[2 * state.probe + 1])), node("td", {}));
    const key = JSON.stringify([run.rms, state.stage, state.probe, run.stages.map((s) => s.entropy)]);
    if (this.shownNumbers === key) return;
    this.shownNumbers = key;
    this.table.replaceChildren(
      node("table", {}, node("thead", {}, node("tr", {}, ...head.map((text) => node("th", { scope: "col" }, text)))), node("tbody", {}, ...rows, ends)),
    );
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return toPlane(this.plot.plot, this.plot.reach, event.clientX - box.left, event.clientY - box.top);
  }

  pick(event) {
    const [x, y] = this.at(event);
    const k = this.state.stage - 1;
    let best = 0;
    let least = Infinity;
    for (let i = 0; i < this.run.count; i += 1) {
      const [px, py] = positionOf(this.run, k, this.phase, i);
      const d = (px - x) ** 2 + (py - y) ** 2;
      if (d < least) { least = d; best = i; }
    }
    this.set({ probe: best });
  }

  hover(event) {
    const [x, y] = this.at(event);
    const stage = this.run.stages[this.state.stage - 1];
    if (Math.max(Math.abs(x), Math.abs(y)) > this.plot.reach) return;
    const index = this.codeAt(stage, x, y);
    const code = stage.codes[index];
    this.readout.textContent = `Cell of code ${index}: ${stage.counts[index]} samples, sent to ${pair(code[0], code[1])}`;
  }

  codeAt(stage, x, y) {
    const away = stage.edges
      ? (code) => stage.edges.some((edges, d) => edges.filter((e) => e < [x, y][d]).length !== edges.filter((e) => e < code[d]).length)
      : null;
    if (away) return stage.codes.findIndex((code) => !away(code));
    return stage.codes.reduce((best, code, n) => ((code[0] - x) ** 2 + (code[1] - y) ** 2 < (stage.codes[best][0] - x) ** 2 + (stage.codes[best][1] - y) ** 2 ? n : best), 0);
  }
}

const planes = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  if (!data) return undefined;
  let plane = planes.get(parentElement);
  if (!plane) {
    plane = new Plane(parentElement);
    planes.set(parentElement, plane);
  }
  plane.receive(data, setStateValue);
  return () =>
    setTimeout(() => {
      if (plane.root.isConnected) return;
      plane.destroy();
      planes.delete(parentElement);
    });
}
