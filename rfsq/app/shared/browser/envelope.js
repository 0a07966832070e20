// The messages from Python (see envelope.py), and the version that goes with every report back.

export const VERSION = 1;
const FIXED = 14; // bytes before the header

/**
 * The header and body of a message.
 * @param {Uint8Array} bytes
 * @param {string} kind four letters that say whose message it is
 * @returns {{ header: unknown, body: Uint8Array }} the body begins at a multiple of 8 from the message's own begin
 * @throws {Error} with a sentence for people, when the app that sends is not the app whose page this is
 */
export function unpack(bytes, kind) {
  const { kind: is, header, body } = read(bytes);
  if (is !== kind) throw new Error(`A message of kind ${is} arrived where ${kind} belongs.`);
  return { header, body };
}

/**
 * A message of any kind.
 * @param {Uint8Array} bytes
 * @returns {{ kind: string, header: unknown, body: Uint8Array }}
 * @throws {Error} as `unpack`
 */
export function read(bytes) {
  const text = new TextDecoder();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FIXED || text.decode(bytes.subarray(0, 4)) !== "RFSQ" || view.getUint16(4, true) !== VERSION) {
    throw new Error("This page and the app are of different versions. Reload the page.");
  }
  const end = FIXED + view.getUint32(10, true);
  if (end > bytes.length) throw new Error("A message did not arrive whole.");
  return {
    kind: text.decode(bytes.subarray(6, 10)),
    header: JSON.parse(text.decode(bytes.subarray(FIXED, end))),
    body: bytes.subarray(end),
  };
}

/**
 * A message for Python.
 * @param {string} kind four letters that say whose it is
 * @param {object} header
 * @param {Uint8Array} body
 */
export function pack(kind, header, body) {
  const text = new TextEncoder();
  const head = text.encode(JSON.stringify(header));
  const padded = head.length + ((8 - ((FIXED + head.length) % 8)) % 8);
  const bytes = new Uint8Array(FIXED + padded + body.length).fill(32, FIXED, FIXED + padded);
  const view = new DataView(bytes.buffer);
  bytes.set(text.encode("RFSQ"));
  view.setUint16(4, VERSION, true);
  bytes.set(text.encode(kind), 6);
  view.setUint32(10, padded, true);
  bytes.set(head, FIXED);
  bytes.set(body, FIXED + padded);
  return bytes;
}

/** @typedef {{ f4: Float32Array, f8: Float64Array, u1: Uint8Array, u2: Uint16Array, i2: Int16Array }} Arrays */

const TYPES = { f4: Float32Array, f8: Float64Array, u1: Uint8Array, u2: Uint16Array, i2: Int16Array };

/**
 * `count` little-endian numbers of a body from byte `at`, as an array of their own.
 * @template {keyof Arrays} T
 * @param {Uint8Array} body
 * @param {T} type
 * @param {number} at
 * @param {number} count
 * @returns {Arrays[T]}
 */
export function numbers(body, type, at, count) {
  const Type = TYPES[type];
  const size = Type.BYTES_PER_ELEMENT * count;
  if (at + size > body.length) throw new Error("A message did not arrive whole.");
  return /** @type {Arrays[T]} */ (new Type(body.slice(at, at + size).buffer));
}
