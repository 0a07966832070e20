import assert from "node:assert/strict";
import { test } from "node:test";
import { Bounded } from "../../../rfsq/app/viewer/bounded.js";
import { addChange, colourError, evenGain, magma, ownGain, typicalChange } from "../../../rfsq/app/viewer/maps.js";

test("no error is dark, the maximum and beyond are the end of the scale", () => {
  const out = new Uint8ClampedArray(12);
  colourError(new Uint8ClampedArray([0, 0, 0, 255, 51, 51, 51, 255, 255, 255, 255, 255]), 0.2, out);
  assert.deepEqual([...out], [0, 0, 4, 255, 252, 253, 191, 255, 252, 253, 191, 255]);
  assert.deepEqual(magma(0.5), [181, 54, 122]);
  const light = Array.from({ length: 11 }, (_, i) => magma(i / 10).reduce((a, b) => a + b));
  assert.deepEqual(
    light,
    [...light].sort((a, b) => a - b),
  );
});

test("a change is shown around mid-grey, amplified, and saturates", () => {
  const out = new Uint8ClampedArray(4);
  addChange(new Uint8ClampedArray([10, 20, 200, 255]), new Uint8ClampedArray([10, 10, 100, 255]), 4, out);
  assert.deepEqual([...out], [128, 168, 255, 255]);
});

test("the typical change leaves out the one percent that is larger", () => {
  const [flat, later] = [new Uint8ClampedArray(400), new Uint8ClampedArray(400)];
  for (let i = 0; i < 400; i += 4) later.set([6, 6, 6, 255], i);
  later.set([250, 250, 250, 255], 0);
  assert.equal(typicalChange(later, flat), 6);
  assert.equal(typicalChange(flat, flat), 0);
});

test("gains fit the change around mid-grey", () => {
  for (let change = 0; change < 256; change += 1) {
    assert.ok(evenGain(change) * change <= 127 || evenGain(change) === 1);
    assert.ok(ownGain(change) * change <= 127 || ownGain(change) === 1);
  }
  assert.deepEqual([0, 3, 40, 200].map(evenGain), [32, 32, 2, 1]);
  assert.deepEqual([0, 3, 40, 200].map(ownGain), [64, 42, 3, 1]);
});

test("a bounded store forgets what was used least recently, never the newest", () => {
  const store = new Bounded(10, (/** @type {number} */ value) => value);
  for (const [key, weight] of /** @type {const} */ ([
    ["a", 4],
    ["b", 4],
  ]))
    store.keep(key, weight);
  assert.equal(store.recall("a"), 4);
  store.keep("c", 4);
  assert.deepEqual([...store.entries.keys()], ["a", "c"]);
  assert.equal(store.recall("b"), null);
  store.keep("a", 2);
  assert.equal(store.weight, 6);
  store.keep("large", 99);
  assert.deepEqual([...store.entries.keys()], ["large"]);
  assert.equal(store.weight, 99);
});
