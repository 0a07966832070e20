// Which lines of the chart fade while a method is pointed at.

import assert from "node:assert/strict";
import { test } from "node:test";
import { modelOf, opacities } from "../../../rfsq/app/viewer/marked.js";

const lines = ["guide 2", "none", "fsq (held)", "fsq", undefined].map((name) => ({ name }));

test("all lines but the method's own fade", () => {
  assert.deepEqual(opacities(lines, "fsq"), ["0.25", "0.25", "", "", "0.25"]);
  assert.deepEqual(opacities(lines, "none@2"), ["0.25", "", "0.25", "0.25", "0.25"]);
});

test("nothing fades for a method without a line, the original, or none", () => {
  for (const name of ["", "original", "gone"]) assert.deepEqual(opacities(lines, name), ["", "", "", "", ""]);
});

test("a picture after some stages is of its model", () => {
  assert.equal(modelOf("rfsq-4x1024-none@2"), "rfsq-4x1024-none");
  assert.equal(modelOf("continuous-5.fsq-2-s4-none"), "continuous-5.fsq-2-s4-none");
});
