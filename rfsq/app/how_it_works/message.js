// The body of both messages: arrays, deflated together, and then picture files (see payload.py).

import { numbers } from "../shared/browser/envelope.js";

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {keyof import("../shared/browser/envelope.js").Arrays} type
 * @property {number[]} shape
 * @property {number} [parts] of 1 that the numbers count; 1000: they are thousandths
 * @property {number} [rms] root mean square of the exact values
 */

/** @typedef {{ arrays: Entry[], deflated: number, pictures: number[] }} Parts lengths in bytes */
/** @typedef {Float32Array | Float64Array | Uint8Array | Uint16Array | Int16Array} Values channel, row, column: the last runs fastest */
/** @typedef {{ values: Map<string, Values>, rms: Map<string, number>, files: Blob[] }} Body */

/**
 * @param {Parts} parts
 * @param {Uint8Array} body
 * @returns {Promise<Body>}
 */
export async function readBody({ arrays, deflated, pictures }, body) {
  const inflated = await inflate(body.slice(0, deflated));
  /** @type {Body} */
  const read = { values: new Map(), rms: new Map(), files: [] };
  let at = 0;
  for (const { name, type, shape, parts, rms } of arrays) {
    const count = shape.reduce((a, b) => a * b, 1);
    const array = numbers(inflated, type, at, count);
    at += array.byteLength;
    read.values.set(name, parts ? Float32Array.from(array, (value) => value / parts) : array);
    if (rms !== undefined) read.rms.set(name, rms);
  }
  at = deflated;
  for (const length of pictures) {
    read.files.push(new Blob([body.slice(at, at + length)]));
    at += length;
  }
  if (at > body.length) throw new Error("A message did not arrive whole.");
  return read;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
