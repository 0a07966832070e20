// How large frames may be, and how fast they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Meter, median, Pace, SIDES } from "../../../rfsq/app/live_camera/pace.js";

/**
 * Frames through a server that takes so long for each pixel of them.
 * @param {Pace} pace
 * @param {number} msAt256
 * @param {number} frames
 */
function run(pace, msAt256, frames, begin = 0) {
  let now = begin;
  for (let frame = 0; frame < frames; frame += 1) {
    const ms = msAt256 * (pace.side / 256) ** 2;
    now += ms;
    pace.heard(ms, now);
  }
  return now;
}

test("a fast machine gets larger frames, up to what the server takes", () => {
  const pace = new Pace(40, 512);
  run(pace, 5, 200);
  assert.equal(pace.side, 512);
});

test("two idle cores keep 256 pixels", () => {
  const pace = new Pace(1000 / 12, 512);
  run(pace, 62, 300);
  assert.equal(pace.side, 256);
});

test("a slow machine gets the largest size that keeps the rate, and stays there", () => {
  const pace = new Pace(1000 / 12, 512);
  const sides = new Set();
  let now = run(pace, 200, 20);
  for (let turn = 0; turn < 20; turn += 1) {
    now = run(pace, 200, 10, now);
    sides.add(pace.side);
  }
  assert.deepEqual([...sides], [160]); // 78 ms; 192 would take 112
});

test("one slow frame changes nothing, and the smallest size is never left downwards", () => {
  const pace = new Pace(100, 512);
  for (const ms of [60, 900, 60, 60, 60]) pace.heard(ms, 0);
  assert.equal(pace.side, 256);
  for (let frame = 0; frame < 50; frame += 1) pace.heard(5000, 5000 * frame);
  assert.equal(pace.side, SIDES[0]);
});

test("a machine that has time again gets its larger frames back", () => {
  const pace = new Pace(1000 / 12, 512);
  const now = run(pace, 400, 20);
  assert.ok(pace.side <= 128);
  run(pace, 50, 600, now);
  assert.equal(pace.side, 256);
});

test("rate and delay are those of the last two seconds", () => {
  const meter = new Meter();
  assert.equal(meter.rate, null);
  assert.equal(meter.delay, null);
  for (let at = 0; at <= 10_000; at += 100) meter.add(at < 5000 ? 400 : 80, at);
  assert.equal(meter.rate, 10);
  assert.equal(meter.delay, 80);
  assert.equal(median([3, 1, 2, 10]), 2.5);
});
