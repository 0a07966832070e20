// What the viewer does with Python's wishes, and what it tells Python.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Chosen } from "../../../rfsq/app/viewer/chosen.js";

/** @typedef {import("../../../rfsq/app/viewer/message.js").Header} Header */

const method = { name: "none", label: "none", frames: [] };
const header = /** @type {Header} */ (
  /** @type {unknown} */ ({
    ...{ command: 5, session: "one", stage: 4, view: "grid", stages: 4, live: true, imageKey: "cat" },
    ...{ pair: ["original", "none"], methods: [method] },
    place: { picture: "all", left: "", right: "", divider: 0.5, zoom: 0, x: 0.5, y: 0.5, pixels: "" },
  })
);

/** @param {string} key */
function viewer(key) {
  const nothing = () => {};
  const chosen = new Chosen(key, { refresh: nothing, draw: nothing, announce: nothing });
  /** @type {unknown[]} */
  const told = [];
  chosen.reporter.send = (_, value) => told.push(value);
  chosen.follow(header, false);
  return { chosen, told };
}

const moment = () => new Promise((done) => setTimeout(done, 20));

test("a newer wish of the same session is followed", async () => {
  const { chosen, told } = viewer("a");
  chosen.setStage(2, true);
  await moment();
  chosen.follow({ ...header, command: 9, stage: 3 }, false);
  assert.equal(chosen.state?.stage, 3);
  assert.equal(told.length, 1, "what the hand chose");
});

test("a wish that comes while the slider is in the hand is not followed, and the hand is told when it lets go", async () => {
  const { chosen, told } = viewer("c");
  chosen.slide(true);
  chosen.setStage(2, true);
  chosen.follow({ ...header, command: 9, stage: 3, session: "two" }, false);
  await moment();
  assert.equal(chosen.state?.stage, 2);
  assert.deepEqual(told, []);
  chosen.slide(false);
  await moment();
  assert.deepEqual(told, [{ version: 1, stage: 2, view: "grid", focus: "all", command: 9 }]);
});

test("a session that follows a lost one is told where the person stands", async () => {
  const { chosen, told } = viewer("b");
  chosen.setStage(2, true);
  await moment();
  chosen.follow({ ...header, command: 9, session: "two" }, false);
  assert.equal(chosen.state?.stage, 2);
  await moment();
  assert.deepEqual(told.at(-1), { version: 1, stage: 2, view: "grid", focus: "all", command: 9 });
  chosen.follow({ ...header, command: 12, session: "two", stage: 1 }, false);
  assert.equal(chosen.state?.stage, 1, "from then on its wishes count");
});
