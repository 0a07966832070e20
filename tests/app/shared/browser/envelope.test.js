// Messages from Python, read without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { numbers, pack, read, unpack, VERSION } from "../../../../rfsq/app/shared/browser/envelope.js";

/**
 * @param {string} kind
 * @param {unknown} header
 * @param {Uint8Array} body
 */
function packed(kind, header, body, version = VERSION) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(14 + text.length + body.length);
  bytes.set(new TextEncoder().encode("RFSQ"));
  new DataView(bytes.buffer).setUint16(4, version, true);
  bytes.set(new TextEncoder().encode(kind), 6);
  new DataView(bytes.buffer).setUint32(10, text.length, true);
  bytes.set(text, 14);
  bytes.set(body, 14 + text.length);
  return bytes;
}

test("header and body come out, also from the middle of a larger buffer", () => {
  const message = packed("VIEW", { label: "ꟻLIP", stages: 4 }, new Uint8Array([1, 2, 3]));
  const larger = new Uint8Array(message.length + 3);
  larger.set(message, 3);
  const { header, body } = unpack(larger.subarray(3), "VIEW");
  assert.deepEqual(header, { label: "ꟻLIP", stages: 4 });
  assert.deepEqual([...body], [1, 2, 3]);
});

test("what is of another version, of another part or not whole is refused with a sentence", () => {
  const body = new Uint8Array(0);
  assert.throws(() => unpack(new Uint8Array(3), "VIEW"), /different versions/);
  assert.throws(() => unpack(packed("VIEW", {}, body, VERSION + 1), "VIEW"), /Reload the page/);
  assert.throws(() => unpack(packed("PLAN", {}, body), "VIEW"), /PLAN arrived where VIEW/);
  assert.throws(() => unpack(packed("VIEW", { long: "header" }, body).subarray(0, 20), "VIEW"), /whole/);
});

test("numbers are read at any byte and never beyond the end", () => {
  const body = new Uint8Array(1 + 8 + 4);
  new DataView(body.buffer).setFloat32(1, 1.5, true);
  new DataView(body.buffer).setFloat32(5, -2, true);
  new DataView(body.buffer).setUint16(9, 700, true);
  assert.deepEqual([...numbers(body, "f4", 1, 2)], [1.5, -2]);
  assert.deepEqual([...numbers(body, "u2", 9, 1)], [700]);
  assert.throws(() => numbers(body, "f8", 1, 2), /whole/);
});

test("a message for Python is laid out as one from it", () => {
  const bytes = pack("FRAM", { number: 1, name: "µ" }, new Uint8Array([9, 8]));
  const { kind, header, body } = read(bytes);
  assert.equal(kind, "FRAM");
  assert.deepEqual(header, { number: 1, name: "µ" });
  assert.deepEqual([...body], [9, 8]);
  assert.equal(body.byteOffset % 8, 0);
});
