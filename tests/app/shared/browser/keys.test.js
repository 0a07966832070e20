// Keys of a part that has the focus.

import assert from "node:assert/strict";
import { test } from "node:test";
import { press } from "../../../../rfsq/app/shared/browser/keys.js";

/**
 * @param {Partial<KeyboardEvent>} key
 * @param {Record<string, (() => void) | undefined>} acts
 */
function kept(key, acts) {
  const calls = /** @type {string[]} */ ([]);
  const event = { preventDefault: () => calls.push("prevent"), stopPropagation: () => calls.push("stop"), ...key };
  press(/** @type {KeyboardEvent} */ (event), acts);
  return calls;
}

test("a key that stands for something is done once, and kept from the page", () => {
  let steps = 0;
  assert.deepEqual(kept({ key: "ArrowRight" }, { ArrowRight: () => steps++ }), ["prevent", "stop"]);
  assert.equal(steps, 1);
});

test("all other keys keep their meaning: unknown ones, those left out, and shortcuts of the browser", () => {
  const acts = { m: () => assert.fail("it was not pressed alone"), " ": undefined };
  assert.deepEqual(kept({ key: "x" }, acts), []);
  assert.deepEqual(kept({ key: "toString" }, acts), []);
  assert.deepEqual(kept({ key: " " }, acts), []);
  for (const held of ["ctrlKey", "metaKey", "altKey"]) assert.deepEqual(kept({ key: "m", [held]: true }, acts), []);
});
