// The socket that frames travel on: one frame on its way, and an answer before the next. It opens again by itself.

import { pack, read } from "../shared/browser/envelope.js";

/**
 * @typedef {object} Listener
 * @property {(limits: { budgetMs: number, mostSide: number }) => void} opened it is this browser's turn
 * @property {(kind: "LIVE" | "WAIT" | "FAIL", header: unknown, body: Uint8Array) => void} answered
 * @property {(sentence: string) => void} waiting in line, or without a server; empty: no more
 */

const AGAIN = [500, 1000, 2000, 4000, 8000]; // ms before another try, of a server that does not answer
const SILENCE = 20_000; // ms without an answer after which the connection counts as lost
const LOST = "The server does not answer. Trying again.";

export class Stream {
  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.turn = false; // frames may be sent
    this.busy = false; // one is on its way
    this.tries = 0;
    this.wanted = false;
    this.refused = false; // for good, until it is closed here
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.patience = undefined;
  }

  get free() {
    return this.turn && !this.busy;
  }

  /** Open it, if it is not open and no further try is planned. */
  open() {
    this.wanted = true;
    if (this.socket || this.refused || this.timer !== undefined) return;
    const socket = new WebSocket(address(location));
    socket.binaryType = "arraybuffer";
    /** @type {number | null | undefined} */
    let again; // seconds, as the server says when it ends
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      const { kind, header, body } = read(new Uint8Array(data));
      if (kind === "ENDS") {
        const said = /** @type {{ sentence: string, again: number | null }} */ (header);
        again = said.again;
        if (again !== 0) this.listener.waiting(said.sentence);
      } else this.take(kind, header, body);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.forget();
      this.refused = again === null;
      if (!this.wanted || again === null || again === 0) return; // after 0 seconds it opens when there is a frame
      if (again === undefined) this.listener.waiting(LOST);
      this.later(again === undefined ? AGAIN[Math.min(this.tries++, AGAIN.length - 1)] : 1000 * again);
    };
    this.socket = socket;
  }

  /**
   * @param {string} kind
   * @param {unknown} header
   * @param {Uint8Array} body
   */
  take(kind, header, body) {
    if (kind === "OPEN") {
      this.turn = true;
      this.tries = 0;
      this.listener.waiting("");
      this.listener.opened(/** @type {{ budgetMs: number, mostSide: number }} */ (header));
    } else if (kind === "LINE") {
      clearTimeout(this.patience);
      this.turn = this.busy = false; // a turn may be over, and what was on its way lost
      this.listener.waiting(/** @type {{ sentence: string }} */ (header).sentence);
    } else if (kind === "LIVE" || kind === "WAIT" || kind === "FAIL") {
      clearTimeout(this.patience);
      this.busy = false;
      this.listener.answered(kind, header, body);
    }
  }

  /**
   * @param {object} header
   * @param {Uint8Array} file
   */
  send(header, file) {
    if (!this.socket || !this.free) return;
    this.busy = true;
    this.socket.send(pack("FRAM", header, file));
    this.patience = setTimeout(() => this.socket?.close(), SILENCE);
  }

  /** Give the place to others. */
  close() {
    this.wanted = this.refused = false;
    clearTimeout(this.timer);
    this.timer = undefined;
    const socket = this.socket;
    this.forget();
    socket?.close();
  }

  forget() {
    clearTimeout(this.patience);
    this.socket = null;
    this.turn = this.busy = false;
  }

  /** @param {number} ms */
  later(ms) {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.wanted) this.open();
    }, ms);
  }
}

/**
 * Beside the page, wherever the app stands below its host.
 * @param {{ protocol: string, host: string, pathname: string }} page
 */
export function address({ protocol, host, pathname }) {
  const beside = pathname.replace(/\/[^/]*\/*$/, "/");
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${beside}live-frames`;
}
