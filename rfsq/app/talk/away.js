// The note on the stage while a scene has lost its server: what still moves, and what waits.

import { el, setText } from "../shared/browser/elements.js";

/** @typedef {import("./frames.js").Link} Link */

const BRIEF_MS = 1500; // a connection that is back by then is not worth a word
const LOST = "The server is away: pictures follow the keys, sentence and chart wait.";
const BACK = "The server is back and computes this scene.";

export class Away {
  constructor() {
    this.since = 0; // when the server was missed first, 0: it is there
    this.root = el("p", { class: "away", role: "status", hidden: true });
  }

  /**
   * @param {Link} link of the scene that is shown
   * @param {number} now milliseconds
   */
  look(link, now) {
    if (link === "lost") this.since ||= now;
    if (link === "live") this.since = 0;
    const words = awayText(link, this.since ? now - this.since : 0);
    setText(this.root, words);
    this.root.hidden = !words;
  }
}

/**
 * @param {Link} link of the scene that is shown
 * @param {number} missed milliseconds since its server was missed, 0: it was there all the time
 */
export function awayText(link, missed) {
  if (missed < BRIEF_MS) return "";
  return link === "lost" ? LOST : BACK;
}
