// The decoded picture to show now; while it is not there, the last one that was.

import { frameOf, methodOf } from "./message.js";
import { decode, errorMap, recall } from "./pictures.js";

/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {import("./state.js").State} State */
/** @typedef {{ picture: Picture | null, waiting: boolean }} Shown waiting: it stands in for another */

export class ShownPictures {
  /**
   * @param {() => void} arrived called when a picture that was waited for is there
   * @param {(error: unknown) => void} failed
   */
  constructor(arrived, failed) {
    this.arrived = arrived;
    this.failed = failed;
    /** @type {Map<string, Picture>} */
    this.last = new Map();
  }

  /** Forget the pictures of another photo. */
  clear() {
    this.last.clear();
  }

  /**
   * @param {string} id "original" or a method's name
   * @param {Message} message
   * @param {State} state
   * @returns {Shown}
   */
  of(id, { header }, { stage, view }) {
    const method = methodOf(header, id);
    if (!method) return { picture: recall(header.original), waiting: false };
    const frame = frameOf(method, stage);
    const asError = view === "error";
    const slot = `${id}:${asError ? "error" : "picture"}`;
    const digest = asError ? frame.error : frame.picture;
    const ready = recall(digest);
    if (digest && ready) {
      const picture = asError ? errorMap(digest, ready, header.errorMax) : ready;
      this.last.set(slot, picture);
      return { picture, waiting: false };
    }
    if (digest) decode(digest, header.folder).then(this.arrived, this.failed);
    const standIn = this.last.get(slot) ?? recall(frame.picture) ?? this.last.get(`${id}:picture`) ?? null;
    const fits = standIn && standIn.width === header.width;
    return { picture: fits ? standIn : null, waiting: asError || !digest };
  }
}
