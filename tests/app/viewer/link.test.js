// What a viewer adds to the page's link.

import assert from "node:assert/strict";
import { test } from "node:test";
import { linkParts } from "../../../rfsq/app/viewer/link.js";

/** @typedef {Parameters<typeof linkParts>[0]} State */
/** @typedef {Parameters<typeof linkParts>[1]} Header */

const header = /** @type {Header} */ ({ pair: ["none", "layernorm"], linked: ["none", "layernorm", "scale"] });
const untouched = /** @type {State} */ ({
  ...{ focus: "all", left: "none", right: "layernorm", fraction: 0.5, zoom: 0, cx: 0.5, cy: 0.5, sharp: null },
  chosenForPhone: false,
});

/** @param {Partial<State>} changed */
function written(changed) {
  return Object.fromEntries(
    Object.entries(linkParts({ ...untouched, ...changed }, header)).filter(([, value]) => value !== ""),
  );
}

test("a viewer that nobody touched adds nothing", () => {
  assert.deepEqual(written({}), {});
  assert.deepEqual(written({ focus: "none", chosenForPhone: true }), {});
});

test("all that was touched is in the link, in as many digits as restore it", () => {
  assert.deepEqual(written({ focus: "original", left: "scale", right: "original" }), {
    ...{ picture: "original", left: "scale", right: "original" },
  });
  assert.deepEqual(written({ fraction: 1 / 3, sharp: true }), { divider: "0.333", pixels: "sharp" });
  assert.deepEqual(written({ zoom: 8, cx: 1 / 3, cy: 0.25, sharp: false }), {
    ...{ zoom: "8", at: "0.333333,0.25", pixels: "smooth" },
  });
  assert.deepEqual(written({ cx: 0.1 }), {}, "whole pictures have no position");
});

test("a model of one's own is not named", () => {
  assert.deepEqual(written({ focus: "my-run", left: "my-run" }), {});
});
