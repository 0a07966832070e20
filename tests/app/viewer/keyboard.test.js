import assert from "node:assert/strict";
import { test } from "node:test";
import { meaningOf } from "../../../rfsq/app/viewer/keyboard.js";

const plain = { ctrlKey: false, metaKey: false, altKey: false };
const root = { tagName: "DIV" };

/**
 * What a key does, as the calls that it makes.
 * @param {string} key
 * @param {Parameters<typeof meaningOf>[1]} target
 */
function pressed(key, target = root, methods = 3) {
  /** @type {unknown[]} */
  const calls = [];
  const log =
    (/** @type {string} */ name) =>
    (/** @type {unknown[]} */ ...values) =>
      void calls.push([name, ...values]);
  const act = meaningOf({ ...plain, key }, target, methods);
  const chosen = {
    moveStage: log("moveStage"),
    setView: log("setView"),
    toggleView: log("toggleView"),
    setFocus: log("setFocus"),
    showMethod: log("showMethod"),
  };
  const row = { step: log("step"), toggleSharp: log("toggleSharp") };
  const viewer = { hold: log("hold"), escape: log("escape"), toggleFull: log("full"), toggleKeys: log("keys") };
  act?.({ chosen, row, ...viewer });
  return calls;
}

test("every key has its meaning, large or small", () => {
  assert.deepEqual(pressed("ArrowLeft"), [["moveStage", -1]]);
  assert.deepEqual(pressed("2"), [["showMethod", 2]]);
  assert.deepEqual(pressed("0"), [["setFocus", "all"]]);
  assert.deepEqual(pressed("D"), [["toggleView", "divider"]]);
  assert.deepEqual(pressed("="), pressed("+"));
  assert.deepEqual(pressed("O"), [["hold", true]]);
  assert.deepEqual(pressed("Escape"), [["escape"]]);
  assert.deepEqual(pressed("x"), [["setView", "flip"]]);
  assert.deepEqual(pressed("z"), []);
  assert.deepEqual(pressed("constructor"), []);
});

test("a number without its method means nothing", () => {
  assert.deepEqual(pressed("4"), []);
  assert.deepEqual(pressed("4", root, 4), [["showMethod", 4]]);
});

test("keys of the browser, of fields and of sliders are left to them", () => {
  assert.equal(meaningOf({ ...plain, ctrlKey: true, key: "p" }, root, 3), null);
  assert.deepEqual(pressed("d", { tagName: "INPUT", type: "text" }), []);
  assert.deepEqual(pressed("d", { tagName: "SELECT" }), []);
  assert.deepEqual(pressed("d", { tagName: "DIV", isContentEditable: true }), []);
  assert.deepEqual(pressed("ArrowLeft", { tagName: "INPUT", type: "range" }), []);
  assert.deepEqual(pressed("d", { tagName: "INPUT", type: "range" }), [["toggleView", "divider"]]);
  assert.deepEqual(pressed("d", { tagName: "INPUT", type: "checkbox" }), [["toggleView", "divider"]]);
});

test("in a talk, digits, F and the list of keys are the talk's", () => {
  const meaning = (/** @type {string} */ key) => meaningOf({ ...plain, key }, root, 3, true);
  for (const key of ["1", "3", "f", "F", "?"]) assert.equal(meaning(key), null, key);
  for (const key of ["0", "ArrowLeft", "d", "o", "+"]) assert.notEqual(meaning(key), null, key);
});
