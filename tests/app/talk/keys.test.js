// What keys mean in a talk.

import assert from "node:assert/strict";
import { test } from "node:test";
import { leftOver, meaningOf, sceneAfter } from "../../../rfsq/app/talk/keys.js";

const body = { tagName: "BODY" };
const field = { tagName: "INPUT", type: "text" };
const slider = { tagName: "INPUT", type: "range" };

/**
 * @param {string} key
 * @param {Partial<KeyboardEvent>} [more]
 */
const press = (key, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("digits are scenes, a clicker's keys lead on, B and the dot make the screen black", () => {
  assert.deepEqual(meaningOf(press("7"), body), { scene: 7 });
  assert.deepEqual(meaningOf(press("PageDown"), body), { by: 1 });
  assert.deepEqual(meaningOf(press("PageUp"), body), { by: -1 });
  for (const key of ["b", "B", "."]) assert.deepEqual(meaningOf(press(key), body), { act: "black" });
  assert.equal(meaningOf(press("0"), body), null, "all pictures of the viewer");
  assert.equal(meaningOf(press("ArrowRight"), body), null, "the viewer's stages come first");
});

test("keys that are typed, or held with Ctrl, are left alone; a clicker leads on from a field, too", () => {
  for (const key of ["1", "b", "s", "Escape"]) assert.equal(meaningOf(press(key), field), null);
  assert.deepEqual(meaningOf(press("PageDown"), field), { by: 1 });
  assert.equal(meaningOf(press("s", { ctrlKey: true }), body), null);
  assert.equal(meaningOf(press("toString"), body), null);
});

test("arrows lead on where the page has left them alone", () => {
  assert.deepEqual(leftOver(press("ArrowRight"), body), { by: 1 });
  assert.deepEqual(leftOver(press("Home"), body), { act: "first" });
  assert.equal(leftOver(press("ArrowRight", { defaultPrevented: true }), body), null);
  assert.equal(leftOver(press("ArrowRight"), slider), null);
  assert.equal(leftOver(press("ArrowLeft"), field), null);
});

test("the talk ends at its last scene, and a digit without a scene does nothing", () => {
  assert.equal(sceneAfter({ by: 1 }, 3, 3), 3);
  assert.equal(sceneAfter({ by: -1 }, 1, 3), 1);
  assert.equal(sceneAfter({ by: 1 }, 1, 3), 2);
  assert.equal(sceneAfter({ scene: 9 }, 2, 3), 2);
  assert.equal(sceneAfter({ scene: 3 }, 2, 3), 3);
  assert.equal(sceneAfter({ act: "last" }, 1, 3), 3);
});
