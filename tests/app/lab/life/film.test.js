// The film without a browser: the message, the axes of its curves, and where planes and names stand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axisOf, boxOf, frameUnder } from "../../../../rfsq/app/lab/life/curves.js";
import { columnsFor, pageFor, roomFor } from "../../../../rfsq/app/lab/life/layout.js";
import { curveAt, frameAt, isUsed, markOf, pointOf, readFilm, shareText } from "../../../../rfsq/app/lab/life/lives.js";
import { Player } from "../../../../rfsq/app/lab/life/player.js";
import { apart, logAxis, shareOn, ticksOf } from "../../../../rfsq/app/lab/life/scales.js";
import { VERSION } from "../../../../rfsq/app/shared/browser/envelope.js";

const header = {
  ...{ command: 1, codes: 2, steps: [0, 5], seeds: 2, drawn: 1, measured: 10, count: 2, floor: 0.1 },
  ...{ spans: { latents: 2, data: 1 }, windows: { latents: { x: 0, y: 0, half: 2 }, data: { x: 0, y: 0, half: 1 } } },
  ...{ methods: [{ name: "fsq", label: "FSQ", glyph: "■", light: "#000000", dark: "#ffffff", dash: "solid" }] },
  ...{ state: { at: 5, view: "latents" } },
};

function message() {
  const parts = [
    new Uint16Array([0, 65535, 65535, 0]), // two samples
    new Float32Array([0.5, 1, 0.5, 0.5]), // usage of two seeds, two frames
    new Float32Array([1, 2, 1, 1.5]),
    new Float32Array([1, 0.1, 2, 0.2]),
    new Uint16Array([0, 0, 65535, 65535, 0, 65535, 65535, 0]), // latents
    new Uint8Array([0, 1, 1, 0]),
    new Uint16Array([65535, 65535, 0, 0, 65535, 0, 0, 65535]), // codes
    new Uint16Array([0, 0, 65535, 65535, 0, 65535, 65535, 0]), // decoded
    new Uint8Array([1, 0, 1, 1]),
  ];
  const text = JSON.stringify(header);
  const head = new TextEncoder().encode(text + " ".repeat((8 - ((14 + text.length) % 8)) % 8));
  const body = parts.flatMap((part) => [...new Uint8Array(part.buffer)]);
  const bytes = new Uint8Array(14 + head.length + body.length);
  bytes.set(new TextEncoder().encode("RFSQ..LIFE"));
  new DataView(bytes.buffer).setUint16(4, VERSION, true);
  new DataView(bytes.buffer).setUint32(10, head.length, true);
  bytes.set(head, 14);
  bytes.set(body, 14 + head.length);
  return bytes;
}

const film = readFilm(message());
const [life] = film.lives;

test("the message holds points, codes and curves of every frame", () => {
  assert.deepEqual(pointOf(film, life, "data", 1, 0), [-1, 1]);
  assert.deepEqual(pointOf(film, life, "latents", 0, 1), [2, 2]);
  assert.deepEqual(markOf(film, life, "latents", 1, 0), [2, -2]);
  assert.deepEqual(markOf(film, life, "data", 0, 1), [1, 1]);
  assert.deepEqual([...life.indices], [0, 1, 1, 0]);
  assert.deepEqual([isUsed(film, life, 0, 1), isUsed(film, life, 1, 1)], [false, true]);
  assert.equal(curveAt(film, life, "perplexity", 1, 1), 1.5);
  assert.throws(() => readFilm(message().subarray(0, -1)), /not arrive whole/);
});

test("a step leads to its frame or the one before", () => {
  assert.deepEqual(
    [0, 4, 5, 300].map((step) => frameAt(film, step)),
    [0, 0, 1, 1],
  );
});

test("shares are written as in Python", () => {
  const written = [0, 0.0312, 0.04, 0.5, 0.996, 0.9999, 1, 10.2].map(shareText);
  assert.deepEqual(
    written,
    ["0", "3.1", "4", "50", "99.6", "99.9", "100", "1020"].map((number) => `${number}\u202f%`),
  );
});

test("the error's axis is a log axis of 1-2-5 numbers that holds every seed and k-means", () => {
  const axis = axisOf(film, "error");
  assert.deepEqual(axis, { low: 0.1, high: 2, log: true });
  assert.deepEqual(ticksOf(axis), [0.1, 0.2, 0.5, 1, 2]);
  assert.equal(shareOn(axis, 2), 1);
  assert.equal(shareOn(axis, 0.01), 0);
  assert.deepEqual(axisOf(film, "usage"), { low: 0, high: 1, log: false });
  assert.deepEqual(ticksOf(axisOf(film, "perplexity")), [0, 0.5, 1, 1.5, 2]);
  assert.deepEqual(logAxis([0]), { low: 0.1, high: 1, log: true });
});

test("names stay apart, inside and in order", () => {
  const places = apart([50, 50, 52, 10], 16, 0, 100);
  assert.deepEqual(
    places.slice().sort((a, b) => a - b),
    [places[3], places[0], places[1], places[2]],
  );
  const sorted = places.slice().sort((a, b) => a - b);
  for (const [i, place] of sorted.slice(1).entries()) assert.ok(place - sorted[i] >= 15.99);
  assert.deepEqual(apart([5, 5, 5], 60, 0, 100), [0, 50, 100]);
  assert.deepEqual(apart([], 16, 0, 100), []);
});

test("a pointer on a chart finds its frame", () => {
  const box = boxOf({ width: 400, height: 178 }, film);
  assert.equal(frameUnder(film, box, box.left - 50), 0);
  assert.equal(frameUnder(film, box, box.right + 50), 1);
  assert.ok(box.right > box.left + 100);
});

test("planes stand in at most four columns and fit the window", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(columnsFor), [1, 2, 3, 4, 3, 3, 4]);
  const side = (/** @type {number} */ count, /** @type {number} */ height) => pageFor(count, height).side;
  assert.ok(side(7, 1080) < side(3, 1080) && side(7, 500) === side(7, 300));
  for (const count of [1, 2, 3, 4, 5, 6, 7]) {
    const room = roomFor(count, 500);
    assert.ok(Math.ceil(count / columnsFor(count)) * (room.side + 94) <= 501 && room.chart < 500, "all fit a room");
  }
});

test("the player stays between its ends", () => {
  let shown = 0;
  const player = new Player(() => {
    shown += 1;
  });
  player.frames = 3;
  player.goTo(7);
  assert.equal(player.frame, 2);
  player.goTo(-1);
  assert.equal(player.frame, 0);
  assert.equal(shown, 2);
  assert.equal(player.playing, false);
});
