// One report for each gesture, checked with a clock that the test moves.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { VERSION } from "../../../../rfsq/app/shared/browser/envelope.js";
import { Reporter } from "../../../../rfsq/app/shared/browser/report.js";

let state = { stage: 1 };
/** @type {unknown[]} */
let sent = [];
let rests = 0;

function reporter() {
  const made = new Reporter(
    "report",
    () => state,
    250,
    () => (rests += 1),
  );
  made.send = (field, value) => sent.push([field, value]);
  made.agree();
  return made;
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [state, sent, rests] = [{ stage: 1 }, [], 0];
});

test("a burst of changes is told once, with its last state", () => {
  const tell = reporter();
  for (const stage of [2, 3, 4]) {
    state = { stage };
    tell.later();
    mock.timers.tick(200);
  }
  assert.equal(tell.pending, true);
  mock.timers.tick(50);
  assert.deepEqual(sent, [["report", { version: VERSION, stage: 4 }]]);
  assert.equal(tell.pending, false);
  mock.timers.tick(10_000);
  assert.equal(sent.length, 1);
});

test("what the server knows is not told again, though the hand rests", () => {
  const tell = reporter();
  state = { stage: 2 };
  tell.later();
  state = { stage: 1 };
  tell.later();
  mock.timers.tick(250);
  assert.deepEqual(sent, []);
  assert.equal(rests, 1);
  state = { stage: 3 };
  assert.equal(tell.differs, true);
  tell.agree();
  assert.equal(tell.differs, false);
});

test("after the end nothing is told", () => {
  const tell = reporter();
  state = { stage: 2 };
  tell.later(0);
  tell.end();
  mock.timers.tick(1000);
  assert.deepEqual(sent, []);
});

test("a newer command is obeyed once, and the same one never again", () => {
  const tell = reporter();
  const kept = { command: 0, session: "" };
  assert.equal(tell.obeys(kept, { command: 5, session: "one" }), true, "the first message");
  assert.equal(tell.obeys(kept, { command: 5, session: "one" }), false);
  assert.equal(tell.obeys(kept, { command: 6, session: "one" }), true);
  assert.deepEqual(kept, { command: 6, session: "one" });
});

test("a session in place of a lost one is not obeyed but told where the person stands", () => {
  const tell = reporter();
  const kept = { command: 5, session: "one" };
  state = { stage: 3 };
  assert.equal(tell.obeys(kept, { command: 9, session: "two" }), false);
  mock.timers.tick(1);
  assert.deepEqual(sent, [["report", { version: VERSION, stage: 3 }]]);
  assert.equal(tell.obeys(kept, { command: 10, session: "two" }), true, "from then on its commands count");
});

test("while the person is choosing no command is obeyed, and nothing is told before the hand rests", () => {
  const tell = reporter();
  const kept = { command: 5, session: "one" };
  state = { stage: 3 };
  assert.equal(tell.obeys(kept, { command: 9, session: "two" }, true), false);
  mock.timers.tick(1000);
  assert.deepEqual(sent, []);
  assert.deepEqual(kept, { command: 9, session: "two" });
});

test("a wish leaves what was chosen since, and that is told", () => {
  const tell = reporter();
  const known = { stage: 1, phase: "enters", probe: 7 };
  const take = (/** @type {typeof known} */ merged) => {
    state = merged;
  };
  tell.follow(null, known, { ...known, stage: 2 }, take);
  assert.deepEqual(state, { ...known, stage: 2 }, "the first message");
  tell.follow({ ...known, probe: 9 }, known, { stage: 3, phase: "left", probe: 1 }, take);
  assert.deepEqual(state, { stage: 3, phase: "left", probe: 9 });
  mock.timers.tick(1000);
  assert.deepEqual(sent, [["report", { version: VERSION, stage: 3, phase: "left", probe: 9 }]]);
  tell.follow({ ...known, probe: 9 }, null, known, take);
  assert.deepEqual(state, known, "of another photo");
  mock.timers.tick(1000);
  assert.equal(sent.length, 1);
});
