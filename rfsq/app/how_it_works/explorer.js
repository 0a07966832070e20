// The explorer: which token, stage and channel. The server hears of it once nothing moves any more.

import { el, setText } from "../shared/browser/elements.js";
import { mount } from "../shared/browser/mount.js";
import { Reporter } from "../shared/browser/report.js";
import { themeOf } from "../shared/browser/theme.js";
import { besideTable } from "./beside.js";
import { Growth } from "./growth.js";
import { guideText } from "./guide.js";
import { Ladder } from "./ladder.js";
import { readPath, within } from "./path.js";
import { Place } from "./place.js";
import { Sketch } from "./sketch.js";
import { stageWrittenOut } from "./stage.js";
import { lightUp } from "./symbols.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */
/** @typedef {import("../shared/browser/mount.js").Component<Uint8Array>} Component */
/** @typedef {{ path: Path, state: State, bitmaps: ImageBitmap[], dark: boolean }} Now what the page shows */

const REST_MS = 350;

/**
 * Survives a remount, not a reload. before: the path of the model that was chosen before, for the same photo.
 * @type {{ state: State | null, command: number, session: string, path: Path | null, bitmaps: ImageBitmap[] | null, before: Path | null }}
 */
const kept = { state: null, command: 0, session: "", path: null, bitmaps: null, before: null };

class Explorer {
  constructor() {
    /** @type {Now | null} */
    this.now = null;
    /** @type {Uint8Array | null} */
    this.newest = null;
    this.reporter = new Reporter("report", () => ({ ...kept.state, command: kept.command }), REST_MS);
    const chooseChannel = (/** @type {number} */ channel) => this.set({ channel });
    this.chooseChannel = chooseChannel;
    this.guide = el("p", { class: "guide", "aria-live": "polite" });
    this.sketch = new Sketch();
    this.place = new Place(
      (place) => this.set(place),
      (rows, columns) => this.move(rows, columns),
    );
    this.ladder = new Ladder((stage) => this.set({ stage }));
    this.beside = el("section", { class: "all", "aria-label": "The same latent through every conditioning" });
    this.growth = new Growth(chooseChannel);
    this.note = el("p", { class: "old" });
    this.stage = el("div");
    this.root = el(
      "div",
      { class: "part explorer" },
      this.guide,
      this.sketch.root,
      el("div", { class: "token" }, this.place.root, this.ladder.root),
      this.beside,
      this.growth.root,
      el("div", { class: "open-stage" }, el("h2", {}, "The open stage"), this.note, this.stage),
    );
    lightUp(this.root);
  }

  destroy() {
    this.reporter.end();
    this.ladder.destroy();
  }

  /**
   * Where the person stands once a message came: a newer wish of Python counts, but a session that follows a lost one is told.
   * @param {Path} path
   * @returns {State}
   */
  standing(path) {
    if (this.reporter.obeys(kept, path)) {
      this.reporter.follow(kept.state, path.known, path.state, (state) => {
        kept.state = state;
      });
    }
    return kept.state ?? path.state;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Component} component
   */
  async receive(bytes, { setStateValue }) {
    this.reporter.send = setStateValue;
    this.newest = bytes;
    const path = await readPath(bytes);
    if (this.newest !== bytes) return; // a newer message came meanwhile
    const old = kept.path;
    if (old && old.photo !== path.photo) kept.before = null;
    else if (old && old.model !== path.model) kept.before = old;
    const same = old?.photo === path.photo && old.model === path.model;
    kept.path = path;
    kept.state = within(this.standing(path), path);
    const bitmaps = (same && kept.bitmaps) || (await Promise.all(path.files.map((file) => createImageBitmap(file))));
    if (kept.path !== path) return; // a newer message came meanwhile
    kept.bitmaps = bitmaps;
    this.now = { path, state: kept.state, bitmaps, dark: themeOf(this.root) === "dark" };
    this.still(this.now);
    this.show(this.now);
  }

  /**
   * What does not depend on the token.
   * @param {Now} now
   */
  still({ path, bitmaps, dark }) {
    for (const [name, colors] of Object.entries(path.symbols)) {
      this.root.style.setProperty(`--${name}`, colors[Number(dark)]);
    }
    this.root.toggleAttribute("data-dark", dark);
    this.place.still(path, bitmaps);
    this.sketch.still(path, bitmaps);
    this.growth.still(path, bitmaps, dark);
  }

  /** @param {Now} now */
  show({ path, state, dark }) {
    setText(this.guide, guideText(path, state));
    this.place.show(path, state);
    this.sketch.show(path, state, dark);
    this.ladder.show(path, state, kept.before);
    this.growth.show(path, state);
    const title = `The same latent through every conditioning: what the decoder still misses in channel ${state.channel + 1}`;
    this.beside.hidden = !path.beside.length;
    if (path.beside.length) this.beside.replaceChildren(el("h2", {}, title), besideTable(path, state, dark));
    this.note.textContent = kept.before ? compared(kept.before, path) : "";
    this.stage.replaceChildren(stageWrittenOut(path, state, kept.before, dark, this.chooseChannel));
  }

  // ---- moving --------------------------------------------------------------------------------------------------

  /** @param {Partial<State>} change */
  set(change) {
    if (!this.now) return;
    kept.state = within({ ...this.now.state, ...change }, this.now.path);
    this.now = { ...this.now, state: kept.state };
    this.show(this.now);
    this.reporter.later();
  }

  /**
   * @param {number} rows
   * @param {number} columns
   */
  move(rows, columns) {
    if (!this.now) return;
    const { row, column } = this.now.state;
    this.set({ row: row + rows, column: column + columns });
  }
}

/**
 * How the grey dots of the model before are to be read.
 * @param {Path} before
 * @param {Path} path
 */
function compared(before, path) {
  if (before.channels !== path.channels) {
    return `${before.label} has ${before.channels} channels instead of ${path.channels}, so its path is not drawn here.`;
  }
  const latent = before.same && path.same ? "The latent is the same." : "Their encoders differ, so even z does.";
  return `Grey dots: the same token in ${before.label}; a grey triangle lies beyond the line. ${latent}`;
}

export default mount(() => new Explorer());
