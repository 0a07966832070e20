// The speaker's clock: how long the talk runs. It survives a reload of its window.

import { el, setText } from "../shared/browser/elements.js";

const KEPT = "rfsq-talk-began";

export class Clock {
  constructor() {
    this.minutes = 0; // planned; 0: not known
    this.root = el("output", { class: "clock", "aria-label": "Time of the talk" });
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = setInterval(() => this.write(), 500);
    this.write();
  }

  /** Milliseconds of Date.now() when the talk began, or 0. */
  get began() {
    const kept = Number(sessionStorage.getItem(KEPT) ?? 0);
    return Number.isFinite(kept) && kept > 0 && kept <= Date.now() ? kept : 0;
  }

  /** Count from now, unless it counts. */
  start() {
    if (!this.began) sessionStorage.setItem(KEPT, String(Date.now()));
    this.write();
  }

  reset() {
    sessionStorage.removeItem(KEPT);
    this.write();
  }

  write() {
    const { began } = this;
    const seconds = began ? (Date.now() - began) / 1000 : 0;
    setText(this.root, clockText(seconds, this.minutes));
    this.root.toggleAttribute("data-over", this.minutes > 0 && seconds > 60 * this.minutes);
  }

  end() {
    clearInterval(this.timer);
  }
}

/**
 * "3:07 of 10:00".
 * @param {number} seconds
 * @param {number} minutes planned; 0: not known
 */
export function clockText(seconds, minutes) {
  const whole = Math.max(0, Math.floor(seconds));
  const text = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  return minutes ? `${text} of ${minutes}:00` : text;
}
