import assert from "node:assert/strict";
import { test } from "node:test";
import { compared } from "../../../rfsq/app/viewer/readout.js";
import { fileName, wrapped } from "../../../rfsq/app/viewer/save.js";

test("a file is named by plain letters, whatever a model is called", () => {
  assert.equal(
    fileName("rfsq", "my/../Model <b>", "3 of 4 stages", "", "plain"),
    "rfsq_my-model-b_3-of-4-stages_plain.png",
  );
  assert.equal(fileName("rfsq", "x".repeat(500)).length, 124);
});

test("a caption breaks between words, and a word that is too long stays whole", () => {
  const measure = (/** @type {string} */ text) => text.length;
  assert.deepEqual(wrapped("one two three", 7, measure), ["one two", "three"]);
  assert.deepEqual(wrapped("incomprehensibilities", 7, measure), ["incomprehensibilities"]);
  assert.deepEqual(wrapped("", 7, measure), []);
});

test("errors of a pixel carry their signs", () => {
  assert.equal(compared([10, 20, 30], [12, 20, 29]), "10 20 30  error \u22122 0 +1");
});
