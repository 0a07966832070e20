// The note on the stage while a scene waits for its server: it is not drawn yet, or its server is away.

import { el, setText } from "../shared/browser/elements.js";

/** @typedef {import("./frames.js").Link} Link */

const BRIEF_MS = 1500; // what is back or drawn by then is not worth a word
const LOST = "The server is away: pictures follow the keys, sentence and chart wait.";
const BACK = "The server is back and computes this scene.";
const FIRST = "This scene is still being drawn.";

export class Away {
  constructor() {
    this.missed = new Missed();
    this.root = el("p", { class: "away", role: "status", hidden: true });
  }

  /**
   * @param {Link} link of the scene that is shown
   * @param {number} now milliseconds
   */
  look(link, now) {
    const words = awayText(link, this.missed.since(link, now));
    setText(this.root, words);
    this.root.hidden = !words;
  }
}

/** How long something has been missing. */
export class Missed {
  constructor() {
    this.server = 0; // when the server was missed first, 0: it is there
    this.drawing = 0; // when a scene that is not drawn yet was shown, 0: it is drawn
  }

  /**
   * Milliseconds; 0: nothing is missing.
   * @param {Link} link of the scene that is shown
   * @param {number} now milliseconds
   */
  since(link, now) {
    if (link === "lost") this.server ||= now;
    if (link === "live") this.server = 0;
    this.drawing = link === "first" ? this.drawing || now : 0;
    const began = this.drawing || this.server;
    return began ? now - began : 0;
  }
}

/**
 * @param {Link} link of the scene that is shown
 * @param {number} missed milliseconds since its server was missed, or since it was to be drawn; 0: nothing is missing
 */
export function awayText(link, missed) {
  if (missed < BRIEF_MS) return "";
  return { lost: LOST, busy: BACK, first: FIRST, live: "" }[link];
}
