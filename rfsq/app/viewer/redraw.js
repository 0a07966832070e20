// Draws at the browser's next frame: many wishes before it draw once.

import { record } from "./timings.js";

export class Redraw {
  /**
   * @param {Element} root what is drawn; nothing is, once it has left the page
   * @param {() => void} drawNow
   */
  constructor(root, drawNow) {
    this.root = root;
    this.drawNow = drawNow;
    this.queued = false; // a drawing waits for the next frame
    this.began = 0; // when the hand moved that the drawing answers
  }

  /** @param {number} [began] when the hand moved */
  ask(began = 0) {
    this.began ||= began;
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      if (!this.root.isConnected) return;
      const start = this.began;
      this.began = 0;
      this.drawNow();
      if (!start) return;
      record("drawn", start);
      requestAnimationFrame(() => record("presented", start));
    });
  }
}
