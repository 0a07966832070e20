// The message from Python: the methods with their frames, and where their pictures are fetched (see payload.py).

import { unpack } from "../shared/browser/envelope.js";

/** @typedef {{ scores: string, rate: string, stages?: string, picture: string | null, error: string | null }} Frame its pictures by digest; null: not computed, or not sent */
/** @typedef {{ name: string, label: string, light: string, dark: string, marker: string, start: string | null, frames: Frame[] }} Method */
/** @typedef {import("./state.js").View} View */

/**
 * @typedef {object} Header
 * @property {string} digest names the whole message
 * @property {string} key of the viewer
 * @property {number} command grows with every wish of Python
 * @property {number} stage 1 … stages, as Python wishes
 * @property {string} session names the one that wishes
 * @property {View} view as Python wishes
 * @property {[string, string]} pair what flip and divider open with: "original" or methods' names
 * @property {string[]} linked names of the methods that the page's link may name; none: the viewer is not in the link
 * @property {{ picture: string, left: string, right: string, divider: number, zoom: number, x: number, y: number, pixels: string }} place
 *   where it begins; empty texts: as without a link
 * @property {number} stages
 * @property {boolean} live every stage's pictures are named
 * @property {boolean} staged the frames are stages
 * @property {string} [stagesOf] the method whose stages the slider counts, where frames are not of equal stages
 * @property {string} [filmNote] below the filmstrip
 * @property {number} height
 * @property {number} width
 * @property {number} maxHeight of the pictures, CSS pixels; 0: the window's
 * @property {boolean} talk the page is shown in a talk: large, without buttons, and all keys are the viewer's
 * @property {string} stageKey of the container that full screen shows; empty: the viewer alone
 * @property {string} original digest
 * @property {string} imageKey names the photo
 * @property {string} notice
 * @property {string} errorNote why error maps are missing for good; empty: they are being computed
 * @property {number} errorMax end of the colour bar
 * @property {Method[]} methods
 * @property {string} folder address below which the pictures are fetched by their digests
 */

/** @typedef {{ header: Header }} Message */

/**
 * @param {Uint8Array} bytes
 * @returns {Message}
 */
export function readMessage(bytes) {
  const { header } = unpack(bytes, "VIEW");
  return { header: /** @type {Header} */ (header) };
}

/**
 * @param {Header} header
 * @param {string} id
 */
export function methodOf(header, id) {
  return header.methods.find((method) => method.name === id) ?? null;
}

/**
 * @param {Header} header
 */
export function namesOf(header) {
  return header.methods.map((method) => method.name);
}

/**
 * The frame after `stage` stages, or the last one that the method has.
 * @param {Method} method
 * @param {number} stage
 */
export function frameOf(method, stage) {
  return method.frames[Math.min(stage, method.frames.length) - 1];
}

/**
 * Which pictures a message needs first (those that will be on screen), and the rest.
 * @param {Header} header
 * @param {number} stage
 * @param {View} view
 * @returns {[string[], string[]]} digests
 */
export function byNeed(header, stage, view) {
  /** @type {(string | null)[]} */
  const first = [header.original];
  /** @type {(string | null)[]} */
  const rest = [];
  for (const method of header.methods) {
    method.frames.forEach((frame, index) => {
      const now = index + 1 === Math.min(stage, method.frames.length);
      (now ? first : rest).push(frame.picture);
      (now && view === "error" ? first : rest).push(frame.error);
    });
  }
  const sent = (/** @type {string | null} */ digest) => digest !== null;
  return [first.filter(sent), rest.filter(sent)];
}

/**
 * "2 of 4 stages", or nothing where frames are no stages.
 * @param {Method} method
 * @param {number} stage
 * @param {boolean} staged
 */
export function stagesText(method, stage, staged) {
  if (!staged) return "";
  const { stages } = frameOf(method, stage);
  if (stages) return stages;
  const total = method.frames.length;
  return total === 1 ? "1 stage" : `${Math.min(stage, total)} of ${total} stages`;
}
