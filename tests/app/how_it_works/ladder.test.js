// The ladder's arithmetic and the guide's sentences, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { guideText, levelsText } from "../../../rfsq/app/how_it_works/guide.js";
import { across, zoomText } from "../../../rfsq/app/how_it_works/ladder.js";
import { isWorse, ladderRows, leftBeside, sumOfSteps } from "../../../rfsq/app/how_it_works/ladder_rows.js";
import { tokenAt } from "../../../rfsq/app/how_it_works/place.js";

/** @typedef {import("../../../rfsq/app/how_it_works/path.js").Path} Path */

/**
 * One token of one channel through stages with two levels ±reach each, as rounding to the nearest takes it.
 * @param {number} z
 * @param {number[]} reaches
 * @param {Partial<Path>} [more]
 * @returns {Path}
 */
function pathOf(z, reaches, more = {}) {
  const values = new Map([["latents", new Float32Array([z])]]);
  let residual = z;
  reaches.forEach((reach, k) => {
    const step = residual < 0 ? -reach : reach;
    values.set(`residual${k}`, new Float32Array([residual]));
    values.set(`step${k}`, new Float32Array([step]));
    residual -= step;
    values.set(`remainder${k}`, new Float32Array([residual]));
    values.set(`none-missing${k}`, new Float32Array([k % 2 ? 0.9 : 0.1]));
    values.set(`scale-missing${k}`, new Float32Array([residual]));
  });
  const common = { codebook: 2, bits: 1, side: 0, bound: "tanh", statistics: {}, levels: [2] };
  return {
    ...{
      late: "l",
      command: 1,
      session: "one",
      photo: "p",
      model: "m",
      label: "M",
      kind: "fsq",
      conditioning: "none",
      told: "",
      same: true,
    },
    ...{ step: "", factor: 4, channels: 1, symbols: {}, sideBits: 16, cells: [], files: [], values },
    beside: ["none", "scale"].map((name) => ({ name, glyph: "x", light: "#000", dark: "#fff" })),
    state: { row: 0, column: 0, stage: 1, channel: 0 },
    grid: [1, 1],
    stages: reaches.map((reach) => ({ ...common, ends: [[-reach, reach]], line: [[0, reach]] })),
    ...more,
  };
}

const near = (/** @type {number} */ a, /** @type {number} */ b) =>
  assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("every row starts with what the row before left, and says where rounding made it worse", () => {
  const path = pathOf(0.9, [1, 1, 1]);
  const rows = ladderRows(path, path.state, null);
  for (const k of [1, 2]) near(rows[k].value, rows[k - 1].remainder);
  assert.deepEqual(
    rows.map(({ worse }) => worse),
    [false, true, false],
  );
  assert.deepEqual(
    rows.map(({ photoWorse }) => photoWorse),
    [false, true, false],
  );
  near(sumOfSteps(path, path.state), 1);
});

test("a ruler follows the levels, and says by how much it is enlarged", () => {
  const path = pathOf(0.6, [1, 0.5, 0.25]);
  const rows = ladderRows(path, path.state, null);
  for (const k of [0, 1, 2]) near(rows[k].zoom, 2 ** k);
  assert.ok(ladderRows(pathOf(9, [1]), path.state, null)[0].reach > 9);
});

test("sizes that are written alike are no worse", () => {
  assert.deepEqual([isWorse(-0.5004, 0.5), isWorse(-0.51, 0.5), isWorse(0.1, -0.5)], [false, true, false]);
  assert.deepEqual([1, 9.96, 63.2, 99.4, 99.6, 251.3].map(zoomText), ["1.0", "10", "63", "99", "100", "251"]);
});

test("the path before stands in the rows where it compares", () => {
  const path = pathOf(0.9, [1, 0.5]);
  assert.deepEqual(
    ladderRows(path, path.state, pathOf(0.9, [1])).map(({ old }) => old !== null),
    [true, false],
  );
  assert.equal(ladderRows(path, path.state, { ...path, channels: 3 })[0].old, null);
});

test("a stage that leaves the channel out has no levels and keeps the ruler", () => {
  const path = pathOf(0.9, [1, 1]);
  path.stages[1] = { ...path.stages[1], levels: [1], ends: [[0, 0]] };
  const [first, second] = ladderRows(path, path.state, null);
  assert.deepEqual([second.out, second.levels, second.reach], [true, [], first.reach]);
  path.stages[0] = path.stages[1];
  path.stages[1] = { ...path.stages[0], levels: [2], ends: [[-1, 1]] };
  const [left, coded] = ladderRows(path, path.state, null);
  assert.deepEqual([left.out, left.zoom, left.reach], [true, 1, coded.reach]);
});

test("a value stands on its row's ruler, and never beyond it", () => {
  assert.deepEqual(
    [-9, -2, 0, 1, 2, 9].map((value) => across(value, 2, 224)),
    [12, 12, 112, 162, 212, 212],
  );
});

test("a guided step says what the numbers on screen say", () => {
  const none = pathOf(0.9, [1, 1, 1, 1], { step: "small" });
  assert.match(guideText(none, none.state), /0\.900 enters stage 1.*±1\.000.*−0\.100 is left/);
  assert.doesNotMatch(guideText(none, none.state), /reverse/);
  const most = new Map([...none.values, ["remainder0", new Float32Array([-0.1, 1.2, 1.3])]]);
  assert.match(guideText({ ...none, values: most }, none.state), /the reverse: RMS 0\.900 enters and 1\.023 is left/);
  const far = pathOf(0.3, [1, 1], { step: "small" });
  assert.match(guideText(far, far.state), /already makes it larger/);
  assert.match(
    guideText({ ...none, step: "worse" }, none.state),
    /leaves 0\.900: rounding made it worse\. 2 of 4 stages/,
  );
  assert.match(guideText(pathOf(0.9, [1], { step: "worse" }), none.state), /Choose more stages/);
  const scale = pathOf(0.9, [1, 0.5], { step: "conditioned", conditioning: "scale" });
  assert.match(
    guideText(scale, scale.state),
    /with scale the levels are ±1\.000; ±0\.500\. It ends 0\.400 off, with none 0\.900/,
  );
  assert.equal(guideText({ ...none, step: "" }, none.state), "");
});

test("levels are said as short as they are", () => {
  const row = ladderRows(pathOf(0.9, [1]), none0, null)[0];
  assert.equal(levelsText({ ...row, levels: [-0.2, 0.7] }), "−0.200 and 0.700");
  assert.equal(levelsText({ ...row, levels: [-1, 0, 1] }), "3 levels from −1.000 to 1.000");
  assert.equal(leftBeside(pathOf(0.9, [1]), none0)[0].left.length, 1);
});

const none0 = { row: 0, column: 0, stage: 1, channel: 0 };

test("a click falls on the token under it", () => {
  const box = { left: 10, top: 20, width: 640, height: 320 };
  assert.deepEqual(tokenAt([32, 64], box, { clientX: 10 + 105, clientY: 20 + 319 }), { row: 31, column: 10 });
});
