// Which kept photos stay: the latest of a few tabs, and none that is old.

import assert from "node:assert/strict";
import { test } from "node:test";
import { staying } from "../../../rfsq/app/shared/kept_photo.js";

const file = new File([], "photo.jpg");
const hour = 3_600_000;

test("the latest of a few tabs stay, for two hours", () => {
  const kept = [1, 30, 10, 20].map((minutes) => ({ tab: String(minutes), at: 10 * hour - minutes * 60_000, file }));
  const tabs = (/** @type {number} */ most, /** @type {number} */ now) =>
    staying(kept, most, now).map(({ tab }) => tab);
  assert.deepEqual(tabs(3, 10 * hour), ["1", "10", "20"]);
  assert.deepEqual(tabs(3, 11.75 * hour), ["1", "10"]);
  assert.deepEqual(tabs(3, 13 * hour), []);
  assert.deepEqual(tabs(3, 9 * hour), [], "what seems to come from later is of another clock");
});
