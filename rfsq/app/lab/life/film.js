// The film: state, controls, a plane for each method and the curves. The server hears of it once nothing moves any more.

import { button, el, setText } from "../../shared/browser/elements.js";
import { press } from "../../shared/browser/keys.js";
import { magnified, sized } from "../../shared/browser/magnified.js";
import { mount } from "../../shared/browser/mount.js";
import { Reporter } from "../../shared/browser/report.js";
import { colorsOf } from "../../shared/browser/theme.js";
import { boxOf, drawCurves, frameUnder, TITLES } from "./curves.js";
import { columnsFor, pageFor, roomFor } from "./layout.js";
import { curveAt, frameAt, readFilm, shareText } from "./lives.js";
import { drawPanel, drawRuler } from "./panel.js";
import { Player } from "./player.js";

/** @typedef {import("./lives.js").Film} Film */
/** @typedef {import("./lives.js").View} View */
/** @typedef {import("./lives.js").Measure} Measure */
/** @typedef {import("../../shared/browser/mount.js").Component<Uint8Array>} Component */
/** @typedef {{ canvas: HTMLCanvasElement } & Record<"name" | "use" | "perplexity" | "error" | "root", HTMLElement>} Card */

const REST_MS = 350;
const EDGE = 0.03; // of a window's height that a talk keeps free below
/** @type {[View, string, string][]} */
const VIEWS = [
  ["latents", "Latents", "The latents, and the codes they are rounded to (V)"],
  ["data", "Decoded", "The samples, and what the decoder makes of the codes (V)"],
];
const MEASURES = /** @type {Measure[]} */ (["usage", "perplexity", "error"]);

/** @type {{ at: number, view: View, command: number, session: string }} survives a remount, not a reload */
const kept = { at: 0, view: "latents", command: 0, session: "" };

class FilmPart {
  constructor() {
    /** @type {Film | null} */
    this.film = null;
    this.player = new Player(() => this.show());
    this.reporter = new Reporter("report", () => ({ at: kept.at, view: kept.view, command: kept.command }), REST_MS);
    this.playButton = button("▶ Play", "Play from the first step to the last (space)", () => this.toggle(), {
      class: "play",
    });
    this.slider = el("input", { type: "range", min: 0, max: 1, step: 1, value: 0, "aria-label": "Training step" });
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    this.step = el("output", { class: "step" });
    this.viewButtons = VIEWS.map(([view, name, title]) =>
      button(name, title, () => this.setView(view), { "data-view": view }),
    );
    /** @type {Card[]} */
    this.cards = [];
    this.planes = el("div", { class: "planes" });
    this.charts = MEASURES.map((measure) => {
      const canvas = el("canvas", { role: "img", "aria-label": TITLES[measure] });
      canvas.addEventListener("pointerdown", (event) => this.scrub(event, canvas));
      canvas.addEventListener("pointermove", (event) => event.buttons === 1 && this.scrub(event, canvas));
      const root = el("div", { class: "curve" }, el("h3", {}, TITLES[measure]), canvas);
      return { measure, canvas, root };
    });
    this.curves = el("div", { class: "curves" }, ...this.charts.map(({ root }) => root));
    this.root = this.box();
    this.observer = new ResizeObserver(() => this.show());
    this.observer.observe(this.planes);
  }

  destroy() {
    this.player.stop();
    this.reporter.end();
    this.observer.disconnect();
  }

  box() {
    const back = button("‹", "One frame back (←)", () => this.goTo(this.player.frame - 1));
    const next = button("›", "One frame on (→)", () => this.goTo(this.player.frame + 1));
    const views = el("div", { class: "group", role: "group", "aria-label": "What is drawn" }, ...this.viewButtons);
    const time = el("div", { class: "time" }, this.playButton, back, next, this.slider, this.step);
    const label = "Film of all methods. Space plays, arrow keys step, V changes the view.";
    const root = el(
      "div",
      { class: "part film", tabindex: 0, role: "group", "aria-label": label },
      el("div", { class: "bar" }, time, views),
      el("div", { class: "stage" }, this.planes, this.curves),
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
    const film = readFilm(bytes);
    this.film = film;
    const mine = kept.session ? { at: kept.at, view: kept.view } : null;
    if (this.reporter.obeys(kept, film)) this.follow(film, mine);
    this.root.toggleAttribute("data-talk", film.talk); // which shows the first chart alone
    this.player.frames = film.steps.length;
    if (!this.player.playing) this.player.frame = frameAt(film, kept.at);
    this.slider.max = String(this.player.last);
    this.cards = film.lives.map((life) => cardOf(life.label));
    this.planes.style.setProperty("--columns", String(columnsFor(this.cards.length)));
    this.planes.replaceChildren(...this.cards.map((card) => card.root));
    this.show();
  }

  /**
   * @param {Film} film
   * @param {Film["state"] | null} mine where the person stands
   */
  follow(film, mine) {
    this.player.stop();
    this.reporter.follow(mine, film.known, film.state, ({ at, view }) => {
      kept.at = at;
      kept.view = view;
    });
  }

  // ---- moving --------------------------------------------------------------------------------------------------

  /** @param {number} frame */
  goTo(frame) {
    this.player.goTo(frame);
    this.tell();
  }

  toggle() {
    if (!this.player.playing) return this.player.play(() => this.tell());
    this.player.goTo(this.player.frame);
    return this.tell();
  }

  /** @param {View} view */
  setView(view) {
    kept.view = view;
    this.show();
    this.tell();
  }

  tell() {
    if (this.film) kept.at = this.film.steps[this.player.frame];
    this.reporter.later();
  }

  /**
   * Go to the step under the pointer on a chart.
   * @param {PointerEvent} event
   * @param {HTMLCanvasElement} canvas
   */
  scrub(event, canvas) {
    if (!this.film) return;
    const larger = magnified(canvas);
    const { left, width, height } = canvas.getBoundingClientRect();
    const box = boxOf({ width: width / larger, height: height / larger }, this.film);
    this.goTo(frameUnder(this.film, box, (event.clientX - left) / larger));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const onSlider = event.target === this.slider; // which moves by arrow keys itself
    press(event, {
      ArrowLeft: onSlider ? undefined : () => this.goTo(this.player.frame - 1),
      ArrowRight: onSlider ? undefined : () => this.goTo(this.player.frame + 1),
      Home: onSlider ? undefined : () => this.goTo(0),
      End: onSlider ? undefined : () => this.goTo(this.player.last),
      v: () => this.setView(kept.view === "data" ? "latents" : "data"),
      " ": event.target instanceof HTMLButtonElement ? undefined : () => this.toggle(), // a button is pressed by it
    });
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  show() {
    const { film, player } = this;
    if (!film) return;
    const { frame } = player;
    this.slider.value = String(frame);
    const words = `step ${film.steps[frame]} of ${film.steps.at(-1)}`;
    this.slider.setAttribute("aria-valuetext", words);
    setText(this.step, words);
    setText(this.playButton, player.playing ? "❚❚ Pause" : "▶ Play");
    for (const node of this.viewButtons) node.setAttribute("aria-pressed", String(node.dataset.view === kept.view));
    const colors = colorsOf(this.root);
    const sizes = this.sizes(film);
    this.planes.style.setProperty("--side", `${sizes.side}px`);
    for (const [i, card] of this.cards.entries()) {
      const life = film.lives[i];
      const value = (/** @type {Measure} */ measure) => curveAt(film, life, measure, film.drawn, frame);
      const used = Math.round(value("usage") * film.codes);
      card.name.style.setProperty("--method", colors.dark ? life.dark : life.light);
      card.name.dataset.glyph = life.glyph;
      setText(card.use, `${used} of ${film.codes} used`);
      setText(card.perplexity, `perplexity ${value("perplexity").toFixed(1)}`);
      setText(card.error, `error ${shareText(value("error"))}`);
      card.canvas.setAttribute("aria-label", `${life.label}: ${used} of ${film.codes} codes used`);
      const side = card.root.clientWidth;
      drawPanel(sized(card.canvas, side, side), side, colors, film, life, kept.view, frame);
      if (i === 0) drawRuler(sized(card.canvas, side, side), side, colors, film.windows[kept.view]);
    }
    for (const { measure, canvas } of this.charts) {
      const size = { width: this.curves.clientWidth, height: sizes.chart };
      drawCurves(sized(canvas, size.width, size.height), size, colors, film, measure, frame);
    }
  }

  /** @param {Film} film */
  sizes(film) {
    const { length } = this.cards;
    if (!film.talk) return pageFor(length, window.innerHeight);
    const larger = magnified(this.root);
    const below = window.innerHeight - this.planes.getBoundingClientRect().top - EDGE * window.innerHeight;
    return roomFor(length, below / larger);
  }
}

/**
 * @param {string} label
 * @returns {Card}
 */
function cardOf(label) {
  const canvas = el("canvas", { role: "img" });
  const name = el("span", { class: "name" }, label);
  const use = el("span", { class: "use" });
  const [perplexity, error] = [el("span"), el("span")];
  const root = el("figure", {}, name, canvas, el("figcaption", {}, use, perplexity, error));
  return { canvas, name, use, perplexity, error, root };
}

export default mount(() => new FilmPart());
