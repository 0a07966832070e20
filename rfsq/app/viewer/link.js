// What a viewer adds to the page's link: all that differs from a viewer that nobody touched (read by place.py).

import { addToLink, linkChanged } from "../shared/browser/link.js";

/** @typedef {import("./message.js").Header} Header */
/** @typedef {import("./state.js").State} State */
/** @typedef {Record<"picture" | "left" | "right" | "divider" | "zoom" | "at" | "pixels", string>} Parts empty: not in the link */

const REST_MS = 250;

/**
 * @param {State} state
 * @param {Header} header
 * @returns {Parts}
 */
export function linkParts(state, { linked, pair }) {
  const named = (/** @type {string} */ id) => (id === "original" || linked.includes(id) ? id : "");
  const short = (/** @type {number} */ value, /** @type {number} */ digits) => String(Number(value.toFixed(digits)));
  const { left, right, fraction, zoom, cx, cy, sharp } = state;
  const chosen = state.focus !== "all" && !state.chosenForPhone;
  const moved = zoom !== 0 && (cx !== 0.5 || cy !== 0.5);
  return {
    picture: chosen ? named(state.focus) : "",
    left: left === pair[0] ? "" : named(left),
    right: right === pair[1] ? "" : named(right),
    divider: fraction === 0.5 ? "" : short(fraction, 3),
    zoom: zoom === 0 ? "" : short(zoom, 4),
    at: moved ? `${short(cx, 6)},${short(cy, 6)}` : "",
    pixels: sharp === null ? "" : sharp ? "sharp" : "smooth",
  };
}

export class LinkPart {
  constructor() {
    /** @type {Parts | null} */
    this.parts = null; // null: the viewer is not in the link
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.stop = addToLink((params) => this.write(params));
  }

  /**
   * The viewer shows this now.
   * @param {State} state
   * @param {Header} header
   */
  show(state, header) {
    const parts = header.linked.length ? linkParts(state, header) : null;
    if (JSON.stringify(parts) === JSON.stringify(this.parts)) return;
    this.parts = parts;
    clearTimeout(this.timer);
    this.timer = setTimeout(linkChanged, REST_MS);
  }

  /** @param {URLSearchParams} params */
  write(params) {
    for (const [name, value] of Object.entries(this.parts ?? {})) {
      if (value) params.set(name, value);
      else params.delete(name);
    }
  }

  end() {
    clearTimeout(this.timer);
    this.stop();
  }
}
