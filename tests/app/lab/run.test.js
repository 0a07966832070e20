// The Lab's plane without a browser: what the codes leave, which cell and which sample is where.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axisNumbers, canvasSize, squareIn, toPlane, toScreen } from "../../../rfsq/app/lab/geometry.js";
import { factorAt, rangeOf, shareOf } from "../../../rfsq/app/lab/log_scale.js";
import { cellAt, nearestSample, positionOf, readRun, stepped } from "../../../rfsq/app/lab/run.js";
import { VERSION } from "../../../rfsq/app/shared/browser/envelope.js";

const codes = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
];
const stage = { codes, edges: [[0], [0]], entropy: 2, levels: 2, gain: 1.5 };
const header = {
  ...{ command: 1, source: "s", count: 3, reach: 3, method: "none", light: "", dark: "", bits: 2, rms: [1, 1, 1] },
  ...{ state: { stage: 1, phase: "enters", magnify: false, probe: 0 }, stages: [stage, stage], levels: 2 },
};

function message() {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(14 + head.length + 24 + 6);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("RFSQ..PLAN"));
  view.setUint16(4, VERSION, true);
  view.setUint32(10, head.length, true);
  bytes.set(head, 14);
  const samples = [1.5, 0.5, -2, 1, 0.25, -0.25];
  for (const [i, value] of samples.entries()) view.setFloat32(14 + head.length + 4 * i, value, true);
  bytes.set([3, 1, 2, 2, 0, 1], 14 + head.length + 24);
  return bytes;
}

test("every stage leaves what its codes did not take", () => {
  const run = readRun(message());
  assert.deepEqual([...run.residuals[1]], [0.5, -0.5, -1, 0, -0.75, 0.75]);
  assert.deepEqual([...run.residuals[2]], [-0.5, 0.5, 0, 1, 0.25, -0.25]);
  assert.deepEqual([...run.stages[0].counts], [0, 1, 1, 1]);
  assert.equal(run.stages[0].used, 3);
});

test("a sample goes from where it enters to its code, and on to what is left", () => {
  const run = readRun(message());
  assert.deepEqual(positionOf(run, 0, 0, 0), [1.5, 0.5]);
  assert.deepEqual(positionOf(run, 0, 0.5, 0), [1.25, 0.75]);
  assert.deepEqual(positionOf(run, 0, 1, 0), [1, 1]);
  assert.deepEqual(positionOf(run, 0, 2, 0), [0.5, -0.5]);
  assert.equal(nearestSample(run, 0, 0, [-1.9, 1.1]), 1);
  assert.equal(nearestSample(run, 0, 2, [-0.7, 0.7]), 2);
});

test("a point is in the cell of one code, with rows and columns or without", () => {
  const { stages } = readRun(message());
  for (const edges of [stages[0].edges, null]) {
    assert.equal(cellAt({ ...stages[0], edges }, [2, -0.1]), 2);
    assert.equal(cellAt({ ...stages[0], edges }, [-0.1, 0.1]), 1);
  }
});

test("steps go over the borders of stages and end at the ends", () => {
  const state = { stage: 1, phase: /** @type {const} */ ("left"), magnify: false, probe: 0 };
  assert.deepEqual(stepped(state, 1, 2), { stage: 2, phase: 0 });
  assert.deepEqual(stepped(state, -1, 2), { stage: 1, phase: 1 });
  assert.equal(stepped({ ...state, stage: 2 }, 1, 2), null);
  assert.equal(stepped({ ...state, phase: "enters" }, -1, 2), null);
});

test("screen and plane are each other's inverse, and the plane is square", () => {
  const square = squareIn(660, 654);
  assert.equal(toScreen(square, 3, -3, 3)[0], square.left);
  for (const [x, y] of [
    [0, 0],
    [2.5, -1.25],
    [-3, 3],
  ]) {
    const [px, py] = toScreen(square, 3, x, y);
    const back = toPlane(square, 3, px, py);
    assert.ok(Math.hypot(back[0] - x, back[1] - y) < 1e-9);
  }
  for (const width of [200, 390, 1000]) {
    const size = canvasSize(width, 900);
    const { side, left, top } = squareIn(size.width, size.height);
    assert.ok(side > 0 && left + side <= size.width && top + side <= size.height);
  }
});

test("axes get round numbers at every magnification", () => {
  for (const reach of [0.003, 0.09, 1, 3, 7.5, 400]) {
    const numbers = axisNumbers(reach);
    assert.ok(numbers.length >= 3 && numbers.length <= 9, `${numbers.length} numbers at ${reach}`);
    assert.ok(numbers.every(({ value }) => Math.abs(value) <= reach));
    assert.equal(new Set(numbers.map(({ text }) => text)).size, numbers.length);
  }
  assert.deepEqual(
    axisNumbers(3).map(({ text }) => text),
    ["\u22123", "\u22122", "\u22121", "0", "1", "2", "3"],
  );
});

test("a slider's share and its factor are each other's inverse within the range", () => {
  const range = rangeOf({ factors: [1, 30], fitted: [1, 2], low: 1e-3, high: 1e3 });
  for (const factor of [0.5, 1, 2, 30])
    assert.ok(Math.abs(factorAt(range, shareOf(range, factor)) / factor - 1) < 1e-9);
  assert.equal(shareOf(range, 1e-9), 0);
  assert.equal(shareOf(range, 1e9), 1);
  const narrow = rangeOf({ factors: [1], fitted: [1], low: 0.5, high: 2 });
  assert.ok(Math.abs(factorAt(narrow, 0) - 0.5) < 1e-9 && Math.abs(factorAt(narrow, 1) - 2) < 1e-9);
});
