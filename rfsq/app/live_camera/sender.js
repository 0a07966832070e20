// From the source to the server and back: takes a frame when the last one is answered, and hands on what came of it.

import { el, penOf } from "../shared/browser/elements.js";
import { filesOf } from "./message.js";
import { Meter, Pace } from "./pace.js";
import { Stream } from "./stream.js";
import { keep } from "./timings.js";

/** @typedef {import("./message.js").Answer} Answer */
/** @typedef {import("./sources.js").Source} Source */
/** @typedef {{ models: string[], stages: number }} Wish what the next frame shall go through */

/**
 * @typedef {object} Listener
 * @property {(frame: HTMLCanvasElement, pictures: ImageBitmap[], answer: Answer, stages: number) => void} drawn
 * @property {(sentence: string) => void} told why nothing moves; empty: it does
 */

const QUALITY = 0.95; // of the JPEG that goes to the server
const AGAIN = { WAIT: 250, FAIL: 1500 }; // ms after which a frame is tried again
const HIDDEN = 5000; // ms out of sight after which the place is given up

export class Sender {
  /**
   * @param {() => Source | null} source
   * @param {() => Wish} wish
   * @param {Listener} listener
   */
  constructor(source, wish, listener) {
    this.source = source;
    this.wish = wish;
    this.listener = listener;
    this.pace = new Pace(1000 / 12, 256);
    this.meter = new Meter();
    // One is on its way, or was; the other is the last that came back, which is drawn while the next is taken.
    this.canvas = el("canvas", { width: 1, height: 1 });
    this.answeredCanvas = el("canvas", { width: 1, height: 1 });
    /** @type {HTMLCanvasElement | null} */
    this.held = null; // the frame that is held, in the source's own size
    this.stale = false; // what is held was not sent with the present wish
    this.encoding = false;
    this.restsUntil = 0; // a frame that could not be answered is not tried again at once
    this.number = 0;
    this.sent = { number: -1, shown: -1, began: 0, taken: 0, wish: this.wish(), held: false };
    this.answered = 0;
    this.firstShown = 0;
    this.stream = new Stream({
      opened: ({ budgetMs, mostSide }) => {
        this.pace.budget = budgetMs;
        this.pace.most = mostSide;
        this.sent.shown = -1; // what was on its way is lost
        this.again();
      },
      answered: (kind, header, body) => void this.take(kind, header, body),
      waiting: (sentence) => this.listener.told(sentence),
    });
    this.seen = () => this.sight();
    document.addEventListener("visibilitychange", this.seen);
  }

  /** Pictures of the source that were never sent. */
  get dropped() {
    return Math.max(0, (this.source()?.shown ?? 0) - this.firstShown - this.answered);
  }

  /** Another source: what was counted belongs to the last one. */
  restart() {
    this.meter.clear();
    this.answered = 0;
    this.firstShown = this.source()?.shown ?? 0;
    this.sent.shown = -1;
    this.next();
  }

  /** Another wish. */
  again() {
    this.stale = true;
    this.next();
  }

  /** Hold the newest frame, or go on. */
  hold() {
    const source = this.source();
    if (this.held || !source) {
      this.held = null;
      this.restart();
      return;
    }
    const side = Math.max(1, source.side);
    this.held = el("canvas", { width: side, height: side });
    source.draw(penOf(this.held), this.mirrored);
    this.stale = true;
    this.meter.clear();
    this.next();
  }

  mirrored = false; // as the person chose

  /** Send a frame, if one is there that the server has not seen, and the last one is answered. */
  async next() {
    const source = this.source();
    const fresh = this.held ? this.stale : source !== null && source.shown !== this.sent.shown;
    if (!fresh || this.encoding || document.hidden || performance.now() < this.restsUntil) return;
    if (!this.stream.turn) this.stream.open();
    if (!this.stream.free || !source) return;
    this.encoding = true;
    this.stale = false;
    const began = performance.now();
    this.sent = {
      ...{ number: this.number++, shown: source.shown, began, taken: this.held ? began : source.taken },
      ...{ wish: this.wish(), held: this.held !== null },
    };
    this.capture(source);
    try {
      const file = await this.file();
      this.stream.send(
        { number: this.sent.number, models: this.sent.wish.models, stages: this.sent.wish.stages },
        file,
      );
    } finally {
      this.encoding = false;
    }
  }

  /** @param {Source} source */
  capture(source) {
    // A held frame has no rate to keep: it is as fine as the server takes.
    const side = this.held ? Math.min(this.pace.most, this.held.width) : Math.min(this.pace.side, source.side);
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const pen = penOf(this.canvas, { willReadFrequently: true, alpha: false });
    if (this.held) {
      pen.imageSmoothingQuality = "high";
      pen.drawImage(this.held, 0, 0, side, side);
    } else source.draw(pen, this.mirrored);
  }

  /** @returns {Promise<Uint8Array>} */
  async file() {
    const blob = await new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return new Uint8Array(await /** @type {Blob} */ (blob).arrayBuffer());
  }

  /**
   * @param {"LIVE" | "WAIT" | "FAIL"} kind
   * @param {unknown} header
   * @param {Uint8Array} body
   */
  async take(kind, header, body) {
    if (kind !== "LIVE") {
      const { sentence } = /** @type {{ sentence?: string }} */ (header);
      this.listener.told(sentence ?? "The model is being made ready.");
      this.restsUntil = performance.now() + AGAIN[kind];
      setTimeout(() => {
        this.restsUntil = 0;
        this.sent.shown = -1;
        this.again();
      }, AGAIN[kind]);
      return;
    }
    const answer = /** @type {Answer} */ (header);
    const { number, wish, began, taken, held } = this.sent;
    if (answer.number !== number) return;
    [this.canvas, this.answeredCanvas] = [this.answeredCanvas, this.canvas];
    const frame = this.answeredCanvas;
    void this.next();
    const files = filesOf(answer, body).map((file) => new Blob([file.slice()], { type: "image/jpeg" }));
    const pictures = await Promise.all(files.map((file) => createImageBitmap(file)));
    if (frame === this.answeredCanvas) {
      this.listener.told("");
      this.listener.drawn(frame, pictures, answer, wish.stages);
      if (!held) this.count(began, taken, answer.ms, frame.width);
    }
    for (const picture of pictures) picture.close();
  }

  /**
   * @param {number} began
   * @param {number} taken
   * @param {number} server
   * @param {number} side
   */
  count(began, taken, server, side) {
    const now = performance.now();
    this.answered += 1;
    this.pace.heard(now - began, now);
    this.meter.add(now - taken, now);
    keep({ at: now, delay: now - taken, trip: now - began, server, side });
  }

  /** Out of sight nothing is sent, and after a while the place is given up. */
  sight() {
    clearTimeout(this.leaving);
    if (document.hidden) this.leaving = setTimeout(() => this.stream.close(), HIDDEN);
    else this.next();
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  leaving = undefined;

  end() {
    clearTimeout(this.leaving);
    document.removeEventListener("visibilitychange", this.seen);
    this.stream.close();
  }
}
