// Messages from Python as they arrive: one is shown once the pictures on screen are there, unless a newer one overtook it.

import { byNeed } from "./message.js";
import { decode, Lost } from "./pictures.js";
import { record } from "./timings.js";

/** @typedef {import("./message.js").Message} Message */

/**
 * @typedef {object} ArrivalTargets what a message changes
 * @property {HTMLElement} root
 * @property {Message | null} message what is on the page
 * @property {import("./chosen.js").Chosen} chosen
 * @property {(message: Message) => void} adopt show it: its first pictures are decoded
 * @property {() => void} refresh
 * @property {() => void} draw
 * @property {(sentence: string, error: unknown) => void} complain
 */

const LOST = "One picture did not arrive. Reload the page to get it.";
const OVERTAKEN_MS = 5000; // a lost picture is no fault if a newer message comes within these
const UNREADABLE = "This browser cannot show one of the pictures. A current version of it will.";
const AT_ONCE = 4; // pictures that are fetched together, once those on screen are there

export class Arrivals {
  /** @param {ArrivalTargets} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.wanted = ""; // digest of the newest message, perhaps still decoding
  }

  /** @param {Message} message */
  async take(message) {
    const { viewer } = this;
    const { root } = viewer;
    const { header } = message;
    if (viewer.message?.header.digest === header.digest && this.wanted === header.digest) return viewer.refresh();
    this.wanted = header.digest;
    root.toggleAttribute("data-talk", header.talk);
    root.toggleAttribute("data-fetching", true); // a talk waits for the end of it
    const began = performance.now();
    const { state } = viewer.chosen;
    const stage = state && header.command === state.command ? state.stage : header.stage;
    const [first, rest] = byNeed(header, stage, state?.view ?? header.view);
    try {
      await Promise.all(first.map((digest) => decode(digest, header.folder)));
    } catch (error) {
      return this.missed(error, header.digest);
    }
    if (this.wanted !== header.digest) return undefined; // a newer message overtook this one
    record("decode", began);
    viewer.adopt(message);
    for (let at = 0; at < rest.length; at += AT_ONCE) {
      if (this.wanted !== header.digest) return undefined;
      const some = rest.slice(at, at + AT_ONCE).map((digest) => decode(digest, header.folder));
      await Promise.all(some).catch((error) => this.missed(error, header.digest));
    }
    if (this.wanted === header.digest) root.toggleAttribute("data-fetching", false);
    return viewer.draw();
  }

  /**
   * Say that pictures of a message could not be had, unless a newer message takes its place: the server drops the files of
   * what nobody shows any more when it makes newer ones, whose message may still be on its way.
   * @param {unknown} error
   * @param {string} [digest] of the message, by default the newest
   */
  async missed(error, digest = this.wanted) {
    if (error instanceof Lost) await new Promise((done) => setTimeout(done, OVERTAKEN_MS));
    if (this.wanted !== digest) return;
    this.viewer.root.toggleAttribute("data-fetching", false);
    this.viewer.complain(error instanceof Lost ? LOST : UNREADABLE, error);
  }
}
