import assert from "node:assert/strict";
import { test } from "node:test";
import { onSlide, rowsOf } from "../../../rfsq/app/viewer/slide.js";

test("a picture fills the slide in the direction that is full first", () => {
  assert.equal(onSlide({ width: 960, height: 270 }), 2);
  assert.equal(onSlide({ width: 960, height: 1080 }), 1);
  assert.equal(onSlide({ width: 3840, height: 540 }), 0.5);
});

test("rows of the page are told by their upper edges, in the order of the page", () => {
  assert.deepEqual(rowsOf([10, 10.2, 400.4, 400]), [0, 0, 1, 1]);
  assert.deepEqual(rowsOf([300, 20]), [1, 0]);
});
