// The two messages of the explorer, read without a browser: what arrives, and what follows from it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { boundedBy, codeOf, derive } from "../../../rfsq/app/how_it_works/derived.js";
import { keepLatents, latentsOf } from "../../../rfsq/app/how_it_works/latents.js";
import { readBody } from "../../../rfsq/app/how_it_works/message.js";
import { photoRms, readPath } from "../../../rfsq/app/how_it_works/path.js";
import { VERSION } from "../../../rfsq/app/shared/browser/envelope.js";

const latents = Float32Array.of(0.75, -0.25);
const missing = Int16Array.of(125, -2);

/** @param {ArrayBufferView[]} arrays */
function deflated(...arrays) {
  return deflateSync(Buffer.concat(arrays.map((array) => Buffer.from(array.buffer))));
}

/**
 * @param {string} kind
 * @param {unknown} header
 * @param {Uint8Array} body
 */
function packed(kind, header, body) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(14 + text.length + body.length);
  bytes.set(new TextEncoder().encode(`RFSQ\0\0${kind}`));
  new DataView(bytes.buffer).setUint16(4, VERSION, true);
  new DataView(bytes.buffer).setUint32(10, text.length, true);
  bytes.set(text, 14);
  bytes.set(body, 14 + text.length);
  return bytes;
}

/** @param {string} digest */
function latentsMessage(digest) {
  const numbers = deflated(latents, missing);
  const arrays = [
    { name: "latents", type: "f4", shape: [1, 1, 2] },
    { name: "none-missing0", type: "i2", shape: [1, 1, 2], parts: 1000, rms: 0.0884 },
  ];
  const file = Uint8Array.of(1, 2, 3);
  const header = { digest, arrays, deflated: numbers.length, pictures: [file.length] };
  return packed("LATE", header, Buffer.concat([numbers, file]));
}

/** @param {string} late */
function pathMessage(late) {
  const numbers = deflated(Uint8Array.of(1, 0));
  const stage = { levels: [2], line: [[0, 0.5]], bound: "tanh", ends: [[-0.5, 0.5]], statistics: {} };
  const header = {
    ...{ late, cells: [], grid: [1, 2], channels: 1, stages: [stage] },
    ...{ arrays: [{ name: "digits0", type: "u1", shape: [1, 1, 2] }], deflated: numbers.length, pictures: [2] },
  };
  return packed("PATH", header, Buffer.concat([numbers, Uint8Array.of(4, 5)]));
}

test("a path waits for its latents, and what follows from the digits is worked out", async () => {
  const waiting = readPath(pathMessage("first"));
  keepLatents(latentsMessage("first"));
  const path = await waiting;
  const values = (/** @type {string} */ name) => [...(path.values.get(name) ?? [])];
  assert.deepEqual(values("residual0"), [0.75, -0.25]);
  assert.deepEqual(values("codes0"), [1, -1]);
  assert.deepEqual(values("step0"), [0.5, -0.5]);
  assert.deepEqual(values("conditioned0"), [1.5, -0.5]);
  assert.deepEqual(values("bounded0"), [Math.tanh(1.5), Math.tanh(-0.5)]);
  assert.deepEqual(values("remainder0"), [0.25, 0.25]);
  assert.deepEqual(
    values("none-missing0").map((value) => value.toFixed(3)),
    ["0.125", "-0.002"],
  );
  assert.equal(photoRms(path, "none-missing0"), 0.0884);
  assert.deepEqual(
    path.files.map((file) => file.size),
    [3, 2],
  );
});

test("only the newest latents are kept, and the same again change nothing", async () => {
  keepLatents(latentsMessage("second"));
  const known = latentsOf("second");
  keepLatents(latentsMessage("second"));
  assert.equal(await latentsOf("second"), await known);
  const state = await Promise.race([latentsOf("first"), Promise.resolve("not here")]);
  assert.equal(state, "not here");
});

test("what arrived is not worked out again", () => {
  const values = new Map([
    ["latents", Float32Array.of(1)],
    ["codes0", Float32Array.of(0.5)],
    ["conditioned0", Float32Array.of(9)],
  ]);
  const stage = { levels: [], ends: [], bound: null, statistics: {}, codebook: 4, bits: 2, side: 0 };
  derive({ values, cells: [2], grid: [1, 1], stages: [{ ...stage, line: [[0, 1]] }] });
  assert.deepEqual([...(values.get("conditioned0") ?? [])], [9]);
  assert.deepEqual([...(values.get("bounded0") ?? [])], [9]);
  assert.deepEqual([...(values.get("remainder0") ?? [])], [2 * Math.tanh(0.5) - 0.5]);
});

test("codes are spread evenly, and bounds are those of the quantizers", () => {
  assert.deepEqual(
    [0, 1, 2].map((digit) => codeOf(digit, 3)),
    [-1, 0, 1],
  );
  assert.equal(codeOf(0, 1), 0);
  assert.deepEqual([boundedBy("clamp", 3), boundedBy("clamp", -3), boundedBy(null, 3)], [1, -1, 3]);
});

test("a body that is not whole is refused", async () => {
  const numbers = deflated(latents);
  const arrays = [{ name: "latents", type: /** @type {const} */ ("f4"), shape: [1, 1, 2] }];
  await assert.rejects(readBody({ arrays, deflated: numbers.length, pictures: [9] }, numbers), /whole/);
  await assert.rejects(readBody({ arrays, deflated: 3, pictures: [] }, numbers));
});
