// The page's part: what the camera sees and what becomes of it. Python hears of a choice when the hand rests.

import { el, setText } from "../shared/browser/elements.js";
import { unpack, VERSION } from "../shared/browser/envelope.js";
import { mount } from "../shared/browser/mount.js";
import { Reporter } from "../shared/browser/report.js";
import { themeOf } from "../shared/browser/theme.js";
import { heightAbove } from "../viewer/room.js";
import { Controls } from "./controls.js";
import { Feed } from "./feed.js";
import { shownModels, within } from "./message.js";
import { median } from "./pace.js";
import { Panes } from "./panes.js";
import { Sender } from "./sender.js";
import { claim, note, readouts } from "./words.js";

/** @typedef {import("./message.js").Header} Header */
/** @typedef {import("./message.js").Choice} Choice */
/** @typedef {import("./message.js").Answer} Answer */

const REST = 400; // ms without another press after which Python hears of it
const SAY = 500; // ms between two changes of the words
const PATIENCE = 500; // ms without a frame after which the reason is said
const LEAST = 160; // CSS pixels of a picture
const HANDLE = 16; // that the divider's handle needs beside its picture

class Live {
  /** @param {Header} header */
  constructor(header) {
    this.header = header;
    this.choice = within(header, header.chosen);
    this.command = 0;
    this.photo = "";
    this.theme = /** @type {import("../shared/browser/theme.js").Theme} */ ("light");
    /** @type {{ at: number, answer: Answer, stages: number }[]} */
    this.recent = []; // answers of the last second
    this.problem = "";
    this.still = false; // it was said that nothing moves, and why
    /** @type {import("../shared/browser/report.js").Send} */
    this.trigger = () => {};

    this.claim = el("p", { class: "claim" });
    this.status = el("p", { class: "status", role: "status" });
    this.numbers = el("dl", { class: "readouts", "aria-label": "Frames now" });
    this.panes = new Panes();
    this.controls = new Controls({
      choose: (change) => this.choose(change),
      hold: () => this.hold(),
      take: () => void this.take(),
      camera: () => this.switchCamera(),
      full: () => this.full(),
    });
    this.holder = el("div", { class: "holder" });
    this.root = el("div", { class: "part live", tabindex: 0, role: "group", "aria-label": "Live camera" });
    this.root.append(this.controls.root, this.claim, this.status, this.panes.root, this.numbers, this.holder);
    this.keys = (/** @type {Event} */ event) => this.key(/** @type {KeyboardEvent} */ (event));
    this.keyboard = header.large ? document : this.root; // in a talk nobody clicks before
    this.keyboard.addEventListener("keydown", this.keys);

    this.reporter = new Reporter("report", () => this.reported(), REST);
    this.feed = new Feed(
      this.holder,
      () => void this.sender.next(),
      () => this.changed(),
    );
    this.sender = new Sender(
      () => this.feed.source,
      () => ({ models: shownModels(this.header, this.choice).map((model) => model.name), stages: this.choice.stages }),
      {
        drawn: (frame, pictures, answer, stages) => this.drawn(frame, pictures, answer, stages),
        told: (sentence) => this.tell(sentence),
      },
    );
    this.timer = setInterval(() => this.say(), SAY);
    this.fitting = new ResizeObserver(() => this.fit());
    this.fitting.observe(this.root);
    this.resized = () => this.fit();
    window.addEventListener("resize", this.resized);
    document.addEventListener("fullscreenchange", this.resized);
  }

  /**
   * @param {Uint8Array} data
   * @param {import("../shared/browser/mount.js").Component<Uint8Array>} component
   */
  async receive(data, component) {
    const { header, body } = unpack(data, "LIVE");
    this.header = /** @type {Header} */ (header);
    this.reporter.send = component.setStateValue;
    this.trigger = component.setTriggerValue;
    this.root.toggleAttribute("data-large", this.header.large);
    this.theme = themeOf(this.root);
    const news = this.header.command !== this.command;
    const first = this.command === 0;
    if (news) {
      this.command = this.header.command;
      this.choice = { ...this.header.chosen };
    }
    this.choice = within(this.header, this.choice);
    if (first && window.innerWidth < 600) this.choice.view = "divider"; // two pictures would be stamps
    if (news) this.reporter.agree();
    this.write();
    if (first && this.choice.source === "camera") void this.feed.useCamera();
    const photo = `${this.header.photo} ${body.length}`;
    if (photo !== this.photo) {
      this.photo = photo;
      this.feed.take(await createImageBitmap(new Blob([body.slice()], { type: "image/jpeg" })));
    }
  }

  /** What Python hears. */
  reported() {
    const { mode, conditioning, pair, stages, view, mirror, source } = this.choice;
    return { mode, conditioning, pair, stages, view, mirror, source, command: this.command };
  }

  /** @param {Partial<Choice>} change */
  choose(change) {
    const before = this.asked;
    this.choice = within(this.header, { ...this.choice, ...change });
    this.write();
    if (this.asked !== before) {
      this.recent = [];
      if (this.still) this.forget();
    }
    this.sender.again();
    this.reporter.later();
  }

  /** What a picture depends on, but for the frame. */
  get asked() {
    const names = shownModels(this.header, this.choice).map((model) => model.name);
    return `${names} ${this.choice.stages}`;
  }

  /** No reconstruction stands under the name of another, when nothing comes that would take its place. */
  forget() {
    this.panes.forget();
    this.claim.textContent = "";
  }

  write() {
    const held = this.sender.held !== null;
    this.sender.mirrored = this.choice.mirror && this.feed.isCamera;
    this.controls.write(this.header, this.choice, this.theme, { held, camera: this.feed.isCamera });
    this.panes.show(shownModels(this.header, this.choice), this.choice.view, this.theme);
    this.fit();
  }

  /** There is another source, or another reason why it is no camera. */
  changed() {
    this.recent = [];
    this.write();
    this.sender.restart();
    this.tell(this.problem);
  }

  /**
   * @param {HTMLCanvasElement} frame
   * @param {ImageBitmap[]} pictures
   * @param {Answer} answer
   * @param {number} stages
   */
  drawn(frame, pictures, answer, stages) {
    const names = shownModels(this.header, this.choice).map((model) => model.name);
    if (answer.models.map(({ name }) => name).join() !== names.join()) return; // another choice came before it
    this.panes.draw(frame, pictures, answer.models, stages, this.theme);
    const now = performance.now();
    this.recent = [...this.recent.filter(({ at }) => now - at < 1000), { at: now, answer, stages }];
    if (this.recent.length === 1) {
      this.say();
      this.fit();
    }
  }

  /** The sentence of what is seen, and the read-outs. */
  say() {
    const { rate, delay } = this.sender.meter;
    const held = this.sender.held !== null;
    const rests = held || this.still;
    const now = { rate: rests ? null : rate, delay: rests ? null : delay, side: this.sender.answeredCanvas.width };
    const rows = readouts({ ...now, dropped: this.sender.dropped });
    if (this.numbers.childElementCount !== rows.length) {
      this.numbers.replaceChildren(...rows.map(({ what }) => el("div", {}, el("dd"), el("dt", {}, what))));
    }
    rows.forEach(({ value }, index) => {
      setText(/** @type {Element} */ (this.numbers.children[index].firstElementChild), value);
    });
    const last = this.recent.at(-1);
    if (!last) return;
    const { label, stages } = this.header.modes[this.choice.mode];
    const models = shownModels(this.header, this.choice);
    const counted = this.still ? [last] : this.recent;
    const methods = models.map((model, index) => ({
      name: model.conditioning,
      psnr: median(counted.map(({ answer }) => answer.models[index].psnr)),
      bits: last.answer.models[index].bits,
    }));
    const when = held ? "of this frame" : this.still ? "of the last frame" : "over the last second";
    setText(this.claim, claim(label, methods, last.stages, stages, when));
  }

  /**
   * Why nothing moves, at once if nothing has come for a while.
   * @param {string} sentence
   */
  tell(sentence) {
    this.problem = sentence;
    clearTimeout(this.telling);
    const write = () => {
      const still = this.problem !== "";
      if (still && !this.recent.length) this.forget();
      const shown = this.recent.length > 0;
      const { text, told } = note(this.problem, shown, this.feed.reason, this.header.photo);
      if (text === this.status.textContent) return;
      this.still = still;
      this.status.textContent = text;
      this.root.toggleAttribute("data-told", told);
      this.say();
      this.fit();
    };
    if (sentence) this.telling = setTimeout(write, PATIENCE);
    else write();
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  telling = undefined;

  switchCamera() {
    const off = this.feed.isCamera;
    this.choose({ source: off ? "picture" : "camera" });
    if (off) this.feed.leaveCamera();
    else void this.feed.useCamera();
  }

  hold() {
    this.sender.hold();
    this.write();
    this.say();
  }

  /** The held frame becomes the photo of all pages, in Compare. */
  async take() {
    const canvas = this.sender.held;
    if (!canvas) return;
    const address = canvas.toDataURL("image/jpeg", 0.95);
    const picture = address.slice(address.indexOf(",") + 1);
    // With what is chosen: a report of its own, right after, would bring the viewer back to this page.
    this.reporter.end();
    this.reporter.agree();
    this.trigger("taken", { version: VERSION, ...this.reported(), picture });
  }

  full() {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.root.requestFullscreen();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { target } = event;
    const inField = target instanceof HTMLInputElement;
    if (event.ctrlKey || event.metaKey || event.altKey || inField) return;
    const stages = this.choice.stages;
    const { stages: most } = this.header.modes[this.choice.mode];
    if (event.key === "ArrowLeft") this.choose({ stages: Math.max(1, stages - 1) });
    else if (event.key === "ArrowRight") this.choose({ stages: Math.min(most, stages + 1) });
    else if (event.key === "m" && this.feed.isCamera) this.choose({ mirror: !this.choice.mirror });
    else if (event.key === "d") this.choose({ view: this.choice.view === "side" ? "divider" : "side" });
    else if (event.key === "f") this.full();
    else if (event.key === " " && !(target instanceof HTMLButtonElement)) this.hold();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** CSS pixels that a talk's page keeps free below. */
  get edge() {
    return this.header.large ? 0.02 * window.innerHeight : 0;
  }

  /** As large as the window allows. */
  fit() {
    const { root, view, beside, divided: pane } = this.panes;
    const captions = [this.panes.frame, ...this.panes.methods].map((pane) => pane.caption.offsetHeight);
    const note = this.root.hasAttribute("data-told") ? 0 : this.status.offsetHeight; // what is told stands above
    const below = Math.max(...captions) + this.numbers.offsetHeight + note + 40 + this.edge;
    const divided = view === "divider";
    const room = window.innerHeight - heightAbove(divided ? pane : beside) - below;
    const inner = this.root.clientWidth;
    const stacked = !divided && getComputedStyle(beside).flexDirection === "column"; // the page scrolls
    const count = divided || stacked ? 1 : Number(root.dataset.count);
    const width = (inner - 14 * (count - 1)) / count - (divided ? HANDLE : 0);
    const side = Math.floor(Math.max(LEAST, Math.min(width, stacked ? width : room)));
    root.style.setProperty("--side", `${Math.min(side, inner)}px`);
  }

  destroy() {
    clearInterval(this.timer);
    clearTimeout(this.telling);
    this.fitting.disconnect();
    this.keyboard.removeEventListener("keydown", this.keys);
    window.removeEventListener("resize", this.resized);
    document.removeEventListener("fullscreenchange", this.resized);
    this.reporter.end();
    this.sender.end();
    this.feed.end();
  }
}

export default mount((/** @type {Uint8Array} */ data) => new Live(/** @type {Header} */ (unpack(data, "LIVE").header)));
