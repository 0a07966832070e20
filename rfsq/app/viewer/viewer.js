// The viewer: one state for all pictures, drawn on canvases by its parts, reported once nothing moves any more.

import { el, setText } from "../shared/browser/elements.js";
import { mount } from "../shared/browser/mount.js";
import { onViewAsked } from "../shared/browser/save_view.js";
import { themeOf } from "../shared/browser/theme.js";
import { Arrivals } from "./arrivals.js";
import { Chosen } from "./chosen.js";
import { ColourBar } from "./colour_bar.js";
import { Filmstrip } from "./filmstrip.js";
import { isSlider, isSliderKey, keyList, meaningOf } from "./keyboard.js";
import { NARROW } from "./layout.js";
import { LinkPart } from "./link.js";
import { Marked } from "./marked.js";
import { frameOf, readMessage } from "./message.js";
import { Picks } from "./picks.js";
import { makeRoom } from "./pictures.js";
import { Readout } from "./readout.js";
import { Redraw } from "./redraw.js";
import { heightAbove, stageOf } from "./room.js";
import { Row } from "./row.js";
import { download, fileName, savePicture } from "./save.js";
import { ShownPictures } from "./shown.js";
import { slideOf } from "./slide.js";
import { Stages } from "./stages.js";
import { timings } from "./timings.js";
import { Toolbar } from "./toolbar.js";

/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("../shared/browser/mount.js").Component<Uint8Array>} Component */
/** @typedef {import("../shared/browser/theme.js").Theme} Theme */

const LABEL = "Picture viewer. Press ? for the list of keys.";
const ON_ITS_WAY = "This picture is still on its way. Save it in a moment.";

class Viewer {
  /** @param {string} key */
  constructor(key) {
    /** @type {Message | null} */
    this.message = null; // what is on the page
    /** @type {Theme | null} */
    this.theme = null;
    this.held = false; // the original is shown everywhere
    this.narrow = false;
    this.size = ""; // that the layout is for

    const highlight = (/** @type {string} */ name) => this.marked.mark(name);
    const save = (/** @type {string} */ id, /** @type {boolean} */ band) => this.save(id, band);
    const draw = (began = 0) => this.draw(began);
    this.chosen = new Chosen(key, { draw, refresh: () => this.refresh(), announce: () => this.announce() });
    this.row = new Row(this.chosen, { draw, highlight, save, focus: () => this.root.focus({ preventScroll: true }) });
    this.tools = new Toolbar(this);
    this.stages = new Stages(this.chosen);
    this.picks = new Picks(this.chosen, highlight);
    this.film = new Filmstrip((stage) => this.chosen.setStage(stage, true), highlight);
    this.colours = new ColourBar();
    this.readout = new Readout();
    this.link = new LinkPart();
    this.keys = keyList(() => this.toggleKeys());
    this.notice = el("p", { class: "notice", role: "note", hidden: true });
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.live = el("p", { class: "live", "aria-live": "polite" });
    this.root = el(
      "div",
      { class: "part viewer", tabindex: 0, role: "group", "aria-label": LABEL, "data-key": key },
      this.tools.root,
      el("div", { class: "choose" }, this.picks.root, this.stages.root),
      el("div", { class: "stand" }, this.notice, this.problem, this.row.root, this.colours.root),
      this.readout.root,
      this.film.root,
      this.keys,
      this.live,
    );
    this.marked = new Marked(this.root);
    this.arrivals = new Arrivals(this);
    this.redraw = new Redraw(this.root, () => this.drawNow());
    this.pictures = new ShownPictures(draw, (error) => this.arrivals.missed(error));
    this.observer = new ResizeObserver(() => this.resized());
    this.onFullscreen = () => this.resized();
    this.deaf = onViewAsked(key, (wish) => this.saveView(wish));
    this.onTalkKey = (/** @type {KeyboardEvent} */ event) => {
      if (!this.message?.header.talk || event.composedPath().includes(this.root)) return; // it heard the key itself
      if (event.type === "keydown") this.onKey(event);
      else if (event.key.toLowerCase() === "o") this.hold(false);
    };
    this.listen();
  }

  listen() {
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.root.addEventListener("keyup", (event) => event.key.toLowerCase() === "o" && this.hold(false));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(/** @type {Node | null} */ (event.relatedTarget))) this.hold(false);
    });
    this.observer.observe(this.root);
    const page = document.querySelector("[data-testid=stMainBlockContainer]");
    if (page) this.observer.observe(page); // what stands above may grow
    document.addEventListener("fullscreenchange", this.onFullscreen);
    document.addEventListener("keydown", this.onTalkKey);
    document.addEventListener("keyup", this.onTalkKey);
  }

  destroy() {
    this.observer.disconnect();
    document.removeEventListener("fullscreenchange", this.onFullscreen);
    document.removeEventListener("keydown", this.onTalkKey);
    document.removeEventListener("keyup", this.onTalkKey);
    this.chosen.reporter.end();
    this.deaf();
    this.link.end();
    this.marked.end();
  }

  // ---- messages from Python ------------------------------------------------------------------------------------

  /**
   * @param {Uint8Array} bytes
   * @param {Component} component
   */
  async receive(bytes, { setStateValue }) {
    this.chosen.reporter.send = setStateValue;
    this.followTheme();
    timings.payloadBytes = bytes.length;
    return this.arrivals.take(readMessage(bytes));
  }

  /**
   * Show a message whose first pictures are decoded.
   * @param {Message} message
   */
  adopt(message) {
    const { header } = message;
    if (!this.message) this.film.openFor(this.root.clientWidth);
    this.message = message;
    makeRoom(header.width * header.height * (1 + 3 * header.methods.length));
    this.problem.hidden = true;
    const photo = this.chosen.state?.imageKey;
    this.chosen.follow(header, this.isNarrow());
    if (photo !== header.imageKey) {
      this.row.cursor = null;
      this.pictures.clear();
    }
    this.stages.build(header);
    this.buildNamed();
    this.refresh();
  }

  announce() {
    const { message } = this;
    const { state } = this.chosen;
    if (!message || !state) return;
    const scores = message.header.methods.map((method) => `${method.label}: ${frameOf(method, state.stage).scores}`);
    setText(this.live, `${this.stages.text.textContent}. ${scores.join("; ")}`);
  }

  /**
   * @param {string} sentence
   * @param {unknown} error
   */
  complain(sentence, error) {
    console.error(error);
    setText(this.problem, sentence);
    this.problem.hidden = false;
  }

  // ---- keys, and what is shown for a moment --------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.message) return;
    const target = /** @type {HTMLInputElement} */ (event.composedPath()[0]);
    if (isSlider(target) && isSliderKey(event.key)) return event.stopPropagation(); // the slider's own keys
    const { methods, talk } = this.message.header;
    const act = meaningOf(event, target, methods.length, talk);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act(this);
  }

  escape() {
    if (this.keys.hidden) this.chosen.reset();
    else this.toggleKeys();
  }

  toggleKeys() {
    this.keys.hidden = !this.keys.hidden;
    this.tools.keys.setAttribute("aria-expanded", String(!this.keys.hidden));
    if (!this.keys.hidden) this.keys.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} on show the original everywhere */
  hold(on) {
    if (this.held === on) return;
    this.held = on;
    this.root.toggleAttribute("data-held", on);
    this.draw();
  }

  /** What fills a full screen. */
  get stage() {
    return stageOf(this.root, this.message?.header.stageKey ?? "");
  }

  /** Whether it is to be read from the back of a room. */
  get large() {
    return this.isFull() || this.message?.header.talk === true;
  }

  /** Whether it is laid out for a phone. A room's screen is none, however few pixels it has beside the chart. */
  isNarrow() {
    return (this.large ? window.innerWidth : this.root.clientWidth) < NARROW;
  }

  isFull() {
    const { stage } = this;
    const page = /** @type {Document | ShadowRoot} */ (stage.getRootNode());
    return page.fullscreenElement === stage;
  }

  toggleFull() {
    if (!document.fullscreenEnabled) return;
    const change = this.isFull() ? document.exitFullscreen() : this.stage.requestFullscreen();
    change.catch((error) => this.complain("The browser did not allow full screen here.", error));
  }

  // ---- what follows from message, theme and size ---------------------------------------------------------------

  followTheme() {
    const theme = themeOf(this.root);
    if (theme === this.theme) return;
    this.theme = theme;
    this.root.dataset.theme = theme;
    this.buildNamed();
  }

  /** The parts that show the methods' names and marks. */
  buildNamed() {
    const { message, theme } = this;
    if (!message || !theme) return;
    this.picks.build(message.header, theme);
    this.readout.build(message.header, theme);
    this.film.build(message, theme);
  }

  resized() {
    const width = this.root.clientWidth;
    const above = Math.round(heightAbove(this.root));
    const size = `${width}:${above}:${window.innerHeight}:${window.devicePixelRatio}:${this.large}`;
    if (!this.message || width === 0 || size === this.size) return;
    this.size = size;
    this.refresh();
    this.film.draw();
  }

  refresh() {
    const { message } = this;
    const { state } = this.chosen;
    if (!message || !state) return;
    const width = this.root.clientWidth;
    this.narrow = this.isNarrow();
    this.root.toggleAttribute("data-narrow", this.narrow);
    this.root.dataset.view = state.view;
    const full = this.large;
    this.root.toggleAttribute("data-full", full);
    this.row.refresh(message.header, state, { narrow: this.narrow, full, width });
    this.draw();
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  /**
   * Draw at the next frame.
   * @param {number} [began] when the hand moved
   */
  draw(began = 0) {
    if (this.message) this.redraw.ask(began);
  }

  drawNow() {
    const { message, theme, held, row } = this;
    const { state } = this.chosen;
    if (!message || !state || !theme) return;
    const { header } = message;
    const picture = (/** @type {string} */ id) => this.pictures.of(held ? "original" : id, message, state);
    row.draw({ header, state, theme, held, picture });
    this.stages.write(state.stage, header.stages);
    this.picks.write(state, row.first, this.narrow);
    const { view } = state;
    this.tools.write({ view, zoom: row.zoomText(header), sharp: row.isSharp(), held, full: this.isFull() });
    setText(this.notice, header.notice);
    this.notice.hidden = !header.notice;
    this.colours.root.hidden = view !== "error";
    if (view === "error") this.colours.write(header.errorMax);
    this.root.toggleAttribute("data-pointing", this.readout.write(header, state.stage, row.cursor));
    this.film.write(state.stage);
    this.link.show(state, header);
  }

  /**
   * @param {string} id "original" or a method's name
   * @param {boolean} band with its caption
   */
  save(id, band) {
    const { message } = this;
    const { state } = this.chosen;
    if (!message || !state) return;
    const { picture, waiting } = this.pictures.of(id, message, state);
    if (!picture || waiting) {
      return this.complain(ON_ITS_WAY, "not decoded yet");
    }
    this.problem.hidden = true;
    savePicture(picture, id, message.header, state, band, this.root);
  }

  /**
   * All that is shown, as one PNG for a slide.
   * @param {import("../shared/browser/save_view.js").Wish} wish
   */
  saveView(wish) {
    const { message, theme, row } = this;
    const { state } = this.chosen;
    if (!message || !state || !theme) return;
    const { header } = message;
    const picture = (/** @type {string} */ id) => this.pictures.of(id, message, state);
    const made = slideOf(row, { header, state, theme, held: false, picture }, wish, this.root);
    if (!made) return this.complain(ON_ITS_WAY, "not decoded yet");
    this.problem.hidden = true;
    const stages = header.staged ? this.stages.text.textContent : "";
    download(made, fileName(wish.file, state.view === "grid" ? "" : state.view, stages), this.root);
  }
}

export default mount((/** @type {Uint8Array} */ bytes) => new Viewer(readMessage(bytes).header.key));
