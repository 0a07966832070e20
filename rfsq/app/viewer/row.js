// The pictures beside each other: which they are, how large, which part shows, and what the pointer does to them.

import { el } from "../shared/browser/elements.js";
import { Figure } from "./figure.js";
import { layOut } from "./layout.js";
import { listenToMouse, listenToTouch } from "./pointer.js";
import { captionHeight, heightLeft } from "./room.js";
import { shownIds } from "./state.js";
import { nearestZoom, nextZoom, panned, pixelAt, zoomAbout, zoomText } from "./zoom.js";

/** @typedef {import("./chosen.js").Chosen} Chosen */
/** @typedef {import("./message.js").Header} Header */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./zoom.js").Point} Point */

const SHARP_FROM = 3; // the zoom from which pixels are drawn sharp unless chosen otherwise

/**
 * @typedef {object} Page
 * @property {() => void} focus
 * @property {() => void} draw
 * @property {(name: string) => void} highlight
 * @property {(id: string, band: boolean) => void} save
 */

export class Row {
  /**
   * @param {Chosen} chosen
   * @param {Page} page
   */
  constructor(chosen, page) {
    this.chosen = chosen;
    this.page = page;
    /** @type {Figure[]} */
    this.figures = [];
    this.figuresFor = ""; // what they were made for
    /** @type {Point | null} */
    this.cursor = null; // the pixel that is pointed at
    this.root = el("div", { class: "row" });
  }

  /**
   * The figures of the state, laid out.
   * @param {Header} header
   * @param {State} state
   * @param {{ narrow: boolean, full: boolean, width: number }} viewer its width in CSS pixels
   */
  refresh(header, state, { narrow, full, width }) {
    const ids = shownIds(state, header);
    // The one picture of "flip" keeps its figure, so that another method appears in the same place.
    const wanted = [state.view, state.view === "flip" || ids.join(), narrow, header.digest].join("|");
    if (wanted !== this.figuresFor) {
      this.figuresFor = wanted;
      this.figures = ids.map((id) => this.figure(id, narrow));
      this.root.replaceChildren(...this.figures.map((figure) => figure.root));
    }
    this.figures.forEach((figure, index) => {
      figure.id = ids[index];
    });
    const ratio = window.devicePixelRatio || 1;
    const inner = this.root.clientWidth || width;
    const [height, caption] = [
      heightLeft(this.root, full),
      captionHeight(narrow, full, header.talk && state.view === "grid"),
    ];
    const room = { inner, height, window: window.innerHeight, maxHeight: header.maxHeight, caption, narrow, ratio };
    const layout = layOut(ids.length, header, { ...room, fill: full });
    this.root.style.gridTemplateColumns = layout.columns;
    this.root.style.columnGap = `${layout.gap}px`;
    for (const figure of this.figures) figure.resize(layout, ratio);
  }

  /**
   * @param {string} id
   * @param {boolean} narrow
   */
  figure(id, narrow) {
    const { highlight, save } = this.page;
    const setFraction = (/** @type {number} */ fraction) => this.chosen.adjust({ fraction });
    const figure = new Figure(id, narrow, { highlight, save, setFraction });
    listenToMouse(figure, this);
    listenToTouch(figure, this);
    return figure;
  }

  /** @param {Omit<import("./figure.js").Now, "cursor" | "sharp">} now */
  draw(now) {
    for (const figure of this.figures) {
      const all = { ...now, cursor: this.cursor, sharp: this.isSharp(figure) };
      figure.draw(all);
      figure.write(all);
    }
  }

  /** Id of the first picture. */
  get first() {
    return this.figures[0].id;
  }

  focus() {
    this.page.focus();
  }

  // ---- zoom, position and the pixel that is pointed at ---------------------------------------------------------

  /** @param {Figure} figure */
  zoomOf(figure) {
    return this.chosen.state?.zoom || figure.fit;
  }

  isSharp(figure = this.figures[0]) {
    return this.chosen.state?.sharp ?? this.zoomOf(figure) >= SHARP_FROM;
  }

  toggleSharp() {
    if (this.figures.length) this.chosen.adjust({ sharp: !this.isSharp() });
  }

  /** @param {Header} header */
  zoomText(header) {
    return zoomText(this.zoomOf(this.figures[0]), header);
  }

  /**
   * @param {Figure} figure
   */
  position(figure) {
    const { cx, cy } = this.chosen.state ?? { cx: 0.5, cy: 0.5 };
    return { zoom: this.zoomOf(figure), cx, cy };
  }

  /**
   * Zoom, and keep the picture's point under `at` where it is.
   * @param {number} zoom
   * @param {Figure} figure
   * @param {Point} at in the pane, device pixels
   */
  zoomTo(zoom, figure, at) {
    const { header } = this.chosen;
    if (!header) return;
    const centre = zoomAbout(figure.canvas, header, this.position(figure), zoom, at);
    this.chosen.adjust({ zoom: Math.abs(zoom - figure.fit) < 1e-6 ? 0 : zoom, ...centre });
  }

  /**
   * @param {number} direction
   * @param {Figure} [figure]
   * @param {Point} [at]
   */
  step(direction, figure = this.figures[0], at = undefined) {
    if (!figure) return;
    const { width, height } = figure.canvas;
    const zoom = nextZoom(this.zoomOf(figure), figure.fit, direction);
    this.zoomTo(zoom, figure, at ?? { x: width / 2, y: height / 2 });
  }

  /**
   * @param {number} wish
   * @param {Figure} figure
   * @param {Point} at
   */
  zoomNear(wish, figure, at) {
    const zoom = nearestZoom(wish, figure.fit);
    if (zoom !== this.zoomOf(figure)) this.zoomTo(zoom, figure, at);
  }

  /**
   * @param {Figure} figure
   * @param {number} dx device pixels
   * @param {number} dy
   */
  pan(figure, dx, dy) {
    const { header } = this.chosen;
    if (header) this.chosen.adjust(panned(figure.canvas, header, this.position(figure), dx, dy));
  }

  /**
   * @param {Figure} figure
   * @param {Point | null} at in the pane, device pixels; null: nowhere
   */
  point(figure, at) {
    const { header } = this.chosen;
    if (!header) return;
    this.cursor = at && pixelAt(figure.canvas, header, this.position(figure), at);
    this.page.draw();
  }
}
