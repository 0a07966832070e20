// Decoded pictures of all viewers on the page and the maps made of them, kept by content and bounded.

import { newCanvas, penOf } from "../shared/browser/elements.js";
import { Bounded } from "./bounded.js";
import { addChange, colourError } from "./maps.js";

/**
 * @typedef {object} Picture
 * @property {ImageBitmap | HTMLCanvasElement} image
 * @property {number} width
 * @property {number} height
 * @property {Uint8ClampedArray | null} pixels RGBA, once they were read
 */

/** A picture that the server does not give. */
export class Lost extends Error {}

const RETRY_MS = [300, 1500, 4000]; // a connection that fails is tried again after these
const USUAL = 64e6; // pixels kept decoded: 256 MB; more only when the pictures on screen need it

/** @type {Bounded<Picture>} by digest: equal digests mean equal pixels. Dropped ones may still be on screen, so none is closed. */
const decoded = new Bounded(USUAL, ({ width, height }) => width * height);
/** @type {Map<string, Promise<Picture>>} */
const decoding = new Map();

/**
 * Room for all pictures on screen with their maps: below that, drawing would decode them forever.
 * @param {number} pixels
 */
export function makeRoom(pixels) {
  decoded.limit = Math.max(USUAL, pixels);
}

/**
 * The decoded picture, if it is there.
 * @param {string | null} digest
 */
export function recall(digest) {
  return digest === null ? null : decoded.recall(digest);
}

/**
 * The decoded picture, fetched and decoded now unless it is there; null without a digest. Rejected if the browser cannot, and
 * with `Lost` if the server does not give it.
 * @param {string | null} digest
 * @param {string} folder its address
 * @returns {Promise<Picture | null>}
 */
export async function decode(digest, folder) {
  if (digest === null) return null;
  const ready = decoded.recall(digest) ?? decoding.get(digest);
  if (ready) return ready;
  const job = read(digest, folder).finally(() => decoding.delete(digest));
  decoding.set(digest, job);
  return job;
}

/**
 * @param {string} digest
 * @param {string} folder
 */
async function read(digest, folder) {
  const file = await load(`${folder}/${digest}`);
  const image = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  return decoded.keep(digest, { image, width: image.width, height: image.height, pixels: null });
}

/**
 * @param {string} address
 * @returns {Promise<Blob>}
 */
async function load(address) {
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) return answer.blob();
    if (answer?.status === 404 || tries === RETRY_MS.length) throw new Lost(`no picture at ${address}`);
    await new Promise((done) => setTimeout(done, RETRY_MS[tries]));
  }
}

/**
 * RGBA of a picture, read once.
 * @param {Picture} picture
 */
export function pixelsOf(picture) {
  const { image, width, height } = picture;
  if (!picture.pixels) {
    const pen = penOf(newCanvas(width, height), { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    picture.pixels = pen.getImageData(0, 0, width, height).data;
  }
  return picture.pixels;
}

/**
 * A picture of the same size, computed once.
 * @param {string} key
 * @param {Picture} like
 * @param {(out: Uint8ClampedArray) => void} fill
 */
function mapped(key, { width, height }, fill) {
  const ready = decoded.recall(key);
  if (ready) return ready;
  const image = newCanvas(width, height);
  const pen = penOf(image);
  const out = pen.createImageData(width, height);
  fill(out.data);
  pen.putImageData(out, 0, 0);
  return decoded.keep(key, { image, width, height, pixels: null });
}

/**
 * The colours of a grey error picture, in which 255 is an error of 1, up to `maximum`.
 * @param {string} digest
 * @param {Picture} picture
 * @param {number} maximum
 */
export function errorMap(digest, picture, maximum) {
  return mapped(`magma:${digest}:${maximum}`, picture, (out) => colourError(pixelsOf(picture), maximum, out));
}

/**
 * What the later picture adds to the earlier one, around mid-grey.
 * @param {[string, Picture]} later digest and picture
 * @param {[string, Picture]} earlier
 * @param {number} gain
 */
export function addedMap([laterDigest, later], [earlierDigest, earlier], gain) {
  const key = `added:${laterDigest}:${earlierDigest}:${gain}`;
  return mapped(key, later, (out) => addChange(pixelsOf(later), pixelsOf(earlier), gain, out));
}
