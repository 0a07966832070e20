// What is the same for every conditioning arrives once, as a component of its own: the photo, its latents, and what each
// conditioning misses of them. The explorer asks for it here. Both are modules of their own, so they meet at the window.

import { el } from "../shared/browser/elements.js";
import { unpack } from "../shared/browser/envelope.js";
import { mount } from "../shared/browser/mount.js";
import { readBody } from "./message.js";

/** @typedef {import("./message.js").Body} Body */
/** @typedef {{ found: Map<string, Promise<Body>>, waiting: Map<string, (body: Promise<Body>) => void> }} Shelf */

/** @returns {Shelf} */
function shelf() {
  const place = /** @type {{ __rfsqLatents?: Shelf }} */ (globalThis);
  place.__rfsqLatents ??= { found: new Map(), waiting: new Map() };
  return place.__rfsqLatents;
}

/**
 * The latents of this digest, once they have arrived.
 * @param {string} digest
 * @returns {Promise<Body>}
 */
export function latentsOf(digest) {
  const { found, waiting } = shelf();
  return found.get(digest) ?? new Promise((resolve) => waiting.set(digest, resolve));
}

/**
 * Keep them in place of those before.
 * @param {Uint8Array} bytes
 */
export function keepLatents(bytes) {
  const { header, body } = unpack(bytes, "LATE");
  const { digest, ...parts } = /** @type {import("./message.js").Parts & { digest: string }} */ (header);
  const { found, waiting } = shelf();
  if (found.has(digest)) return;
  const read = readBody(parts, body);
  found.clear();
  found.set(digest, read);
  waiting.get(digest)?.(read);
  waiting.clear();
}

export default mount(() => ({ root: el("span", { hidden: "" }), receive: keepLatents }));
