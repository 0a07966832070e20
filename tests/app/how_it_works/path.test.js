// The arithmetic of the explorer: levels, reaches, colours and places, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { signedColor } from "../../../rfsq/app/how_it_works/maps.js";
import { placeOf } from "../../../rfsq/app/how_it_works/number_line.js";
import {
  bitsText,
  isLeftOut,
  largest,
  reachOf,
  rms,
  spread,
  statistic,
  valueAt,
  within,
} from "../../../rfsq/app/how_it_works/path.js";

/** @type {import("../../../rfsq/app/how_it_works/path.js").Stage} */
const stage = {
  ...{
    levels: [3, 1],
    ends: [
      [-2, 2],
      [0, 0],
    ],
    line: /** @type {[number, number][]} */ ([
      [0, 2],
      [0, 1],
    ]),
    statistics: { scale: [4], mean: [0.5, 0.75] },
  },
  ...{ codebook: 3, bits: Math.log2(3), side: 0, bound: "tanh" },
};
const state = { row: 1, column: 0, stage: 1, channel: 1 };
const path = {
  ...{
    late: "l",
    command: 1,
    session: "one",
    photo: "p",
    model: "m",
    label: "M",
    kind: "fsq",
    conditioning: "scale",
    factor: 4,
    state,
  },
  ...{ told: "", same: false, step: "", beside: [] },
  grid: /** @type {[number, number]} */ ([2, 3]),
  ...{ channels: 2, symbols: {}, sideBits: 16, stages: [stage], cells: [], files: [] },
  values: new Map([["residual0", new Float32Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])]]),
};

test("a value is found by channel, row and column", () => {
  assert.equal(valueAt(path, "residual0", state, 0), 3);
  assert.equal(valueAt(path, "residual0", state, 1), 9);
  assert.equal(rms(path, "residual0", state), Math.sqrt((9 + 81) / 2));
  assert.throws(() => valueAt(path, "codes0", state, 0), /no codes0/);
});

test("levels are spread evenly, and a channel with one is left out", () => {
  assert.deepEqual(spread(3, [-2, 2]), [-2, 0, 2]);
  assert.deepEqual(spread(1, [-2, 2]), [0]);
  assert.deepEqual([isLeftOut(stage, 0), isLeftOut(stage, 1)], [false, true]);
  assert.deepEqual([statistic(stage, "scale", 1), statistic(stage, "mean", 1)], [4, 0.75]);
});

test("a line reaches as far as the levels, and to a token beyond them", () => {
  assert.equal(reachOf(path, 0, state), 9);
  assert.equal(reachOf(path, 0, { ...state, row: 0 }), 6);
  const near = { ...path, values: new Map([["residual0", new Float32Array(12)]]) };
  assert.equal(reachOf(near, 0, state), 2.08);
});

test("a place on the line stays on it", () => {
  assert.deepEqual(
    [-9, -2, 0, 1, 9].map((value) => placeOf(value, 2)),
    [10, 10, 110, 160, 210],
  );
});

test("zero is the page's grey, and the signs differ in both themes", () => {
  for (const dark of [false, true]) {
    const [zero, cool, warm] = [0, -1, 1].map((value) => signedColor(value, dark));
    assert.ok(Math.max(...zero) - Math.min(...zero) < 15);
    assert.ok(warm[0] > warm[2] && cool[2] > cool[0]);
    assert.deepEqual(signedColor(5, dark), warm);
  }
});

test("the state stays within the message", () => {
  assert.deepEqual(within({ row: 9, column: -1, stage: 7, channel: 3 }, path), {
    row: 1,
    column: 0,
    stage: 1,
    channel: 1,
  });
});

test("numbers are said as short as they are", () => {
  assert.deepEqual([10, 9.9999999999, 11.5].map(bitsText), ["10", "10", "11.50"]);
  assert.equal(largest(new Float32Array([-3, 2])), 3);
  assert.equal(largest(new Float32Array(4)), 1);
});
