import assert from "node:assert/strict";
import { test } from "node:test";
import { aligned, decimal, grouped } from "../../../../rfsq/app/shared/browser/numbers.js";

test("numbers line up, and none is minus zero", () => {
  assert.equal(aligned(1.23456), "\u20071.235");
  assert.equal(aligned(-1.23456), "\u22121.235");
  assert.equal(aligned(-0.0001), "\u20070.000");
  assert.equal(decimal(0.5), "0.500");
  assert.equal(decimal(-0.5), "\u22120.500");
});

test("thousands are grouped", () => {
  assert.deepEqual([7, 999, 1024, 1234567].map(grouped), ["7", "999", "1\u202f024", "1\u202f234\u202f567"]);
});
