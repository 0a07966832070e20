// What the person chose goes to the server once for each gesture: when nothing has changed for a while.

import { VERSION } from "./envelope.js";

/** @typedef {(field: string, value: unknown) => void} Send */

/** @template {object} T */
export class Reporter {
  /**
   * @param {string} field the name under which Python reads it
   * @param {() => T} read what is chosen now
   * @param {number} rest milliseconds without a change after which it is told
   * @param {() => void} [rested] called then, even if the server knows it
   */
  constructor(field, read, rest, rested = () => {}) {
    this.field = field;
    this.read = read;
    this.rest = rest;
    this.rested = rested;
    /** @type {Send} */
    this.send = () => {};
    this.told = ""; // what the server knows
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Something changed and is not told yet. */
  get pending() {
    return this.timer !== undefined;
  }

  /** The server knows what is chosen now. */
  agree() {
    this.told = JSON.stringify(this.read());
  }

  /** The server knows something else than what is chosen now. */
  get differs() {
    return JSON.stringify(this.read()) !== this.told;
  }

  /**
   * Tell it after `wait` milliseconds without another call, unless the server knows it by then.
   * @param {number} [wait]
   */
  later(wait = this.rest) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.rested();
      if (!this.differs) return;
      this.agree();
      this.send(this.field, { version: VERSION, ...this.read() });
    }, wait);
  }

  /**
   * Whether the part takes over what a message says: it carries a newer command, and the person is not choosing just now.
   * A session that came in place of a lost one is told instead where the person stands.
   * @param {{ command: number, session: string }} kept of the last message; an empty session before the first
   * @param {{ command: number, session: string }} message
   * @param {boolean} [busy] the hand knows better than an older wish, and what it chooses is told when it rests
   */
  obeys(kept, { command, session }, busy = false) {
    if (kept.command === command) return false;
    const outlived = kept.session !== "" && kept.session !== session;
    kept.command = command;
    kept.session = session;
    if (busy) return false;
    if (outlived) this.later(0);
    return !outlived;
  }

  /**
   * Where the person stands once Python's wish is taken over: what the hand chose meanwhile, which Python did not know, stays,
   * and is told.
   * @template {object} S
   * @param {S | null} mine where the person stands
   * @param {Partial<S> | null | undefined} known where Python knew the person to stand when it wished; without it, all is as it wishes
   * @param {S} wish
   * @param {(merged: S) => void} take called with the result
   */
  follow(mine, known, wish, take) {
    const chosen = Object.entries(mine ?? {}).filter(
      ([name, value]) => known && name in known && known[/** @type {keyof S} */ (name)] !== value,
    );
    take({ ...wish, ...Object.fromEntries(chosen) });
    if (chosen.length) this.later();
    else this.agree();
  }

  /** Tell nothing any more. */
  end() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
