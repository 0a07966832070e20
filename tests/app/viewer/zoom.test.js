// Zoom steps, fitting, position and pixel coordinates, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  centreOn,
  fitZoom,
  nearestZoom,
  nextZoom,
  panned,
  pixelAt,
  place,
  STEPS,
  zoomAbout,
  zoomText,
} from "../../../rfsq/app/viewer/zoom.js";

const picture = { width: 256, height: 128 };
const pane = { width: 512, height: 256 };

test("a picture fills its room below ×2, and from there is enlarged by whole steps", () => {
  assert.equal(fitZoom({ width: 800, height: 800 }, picture), 3);
  assert.equal(fitZoom({ width: 448, height: 800 }, picture), 1.75);
  assert.equal(fitZoom({ width: 1300, height: 10_000 }, picture), 4);
  assert.equal(fitZoom({ width: 256, height: 128 }, picture), 1);
  assert.equal(fitZoom({ width: 128, height: 128 }, picture), 0.5);
  assert.equal(fitZoom({ width: 1e6, height: 1e6 }, picture), 16);
});

test("in a room a picture stands between two whole zooms where a whole one would leave much of it empty", () => {
  const fit = (/** @type {number} */ width) => fitZoom({ width, height: 10_000 }, picture, true);
  assert.equal(fit(640), 2.5);
  assert.equal(fit(800), 3, "a whole step fills nearly all");
  assert.equal(fit(448), 1.75);
  assert.equal(fit(1e5), 16);
});

test("steps go through all zooms and end at the fit or ×1, whichever is smaller", () => {
  const up = [0.4];
  for (let i = 0; i < 12; i += 1) up.push(nextZoom(up[up.length - 1], 0.4, 1));
  assert.deepEqual(up, [0.4, ...STEPS, 16, 16, 16, 16]);
  const down = [16];
  for (let i = 0; i < 10; i += 1) down.push(nextZoom(down[down.length - 1], 0.4, -1));
  assert.deepEqual(down, [16, 12, 8, 6, 4, 3, 2, 1, 0.4, 0.4, 0.4]);
  assert.equal(nextZoom(3, 3, -1), 2);
  assert.equal(nextZoom(1, 3, -1), 1);
  assert.deepEqual([nextZoom(1, 1.73, 1), nextZoom(1.73, 1.73, 1), nextZoom(2, 1.73, -1)], [1.73, 2, 1.73]);
});

test("two fingers reach the nearest step, as a ratio", () => {
  assert.equal(nearestZoom(2.4, 1), 2);
  assert.equal(nearestZoom(2.5, 1), 3); // 2.45 is the middle
  assert.equal(nearestZoom(100, 1), 16);
  assert.equal(nearestZoom(0.1, 0.4), 0.4);
});

test("a picture smaller than its pane is centred, a larger one covers it", () => {
  assert.deepEqual(place(pane, picture, 1, 0.1, 0.9), { x: 128, y: 64 });
  assert.deepEqual(place(pane, picture, 4, 0, 0), { x: 0, y: 0 });
  assert.deepEqual(place(pane, picture, 4, 1, 1), { x: -512, y: -256 });
  assert.deepEqual(place(pane, picture, 4, 0.5, 0.5), { x: -256, y: -128 });
});

test("the centre stays where the pane shows picture only", () => {
  assert.deepEqual(centreOn(pane, picture, 4, -1000, 1e6), { cx: 0.25, cy: 0.75 });
  assert.deepEqual(centreOn(pane, picture, 1, 3, 3), { cx: 0.5, cy: 0.5 });
});

test("zooming keeps the pixel under the cursor, wherever it is", () => {
  for (const at of [
    { x: 3, y: 250 },
    { x: 256, y: 128 },
    { x: 500.5, y: 20.25 },
  ]) {
    let now = { zoom: 2, cx: 0.5, cy: 0.5 };
    const pixel = pixelAt(pane, picture, now, at);
    for (const zoom of [3, 4, 6, 8, 12, 16, 12, 8, 6, 4, 3]) {
      now = { zoom, ...zoomAbout(pane, picture, now, zoom, at) };
      assert.deepEqual(pixelAt(pane, picture, now, at), pixel, `×${zoom} about ${JSON.stringify(at)}`);
    }
  }
});

test("the hand moves the picture with it, up to its edges", () => {
  const now = { zoom: 4, cx: 0.5, cy: 0.5 };
  const before = place(pane, picture, 4, now.cx, now.cy);
  const moved = panned(pane, picture, now, 30, -20);
  const after = place(pane, picture, 4, moved.cx, moved.cy);
  assert.deepEqual(after, { x: before.x + 30, y: before.y - 20 });
  const far = panned(pane, picture, now, 1e5, 1e5);
  assert.deepEqual(place(pane, picture, 4, far.cx, far.cy), { x: 0, y: 0 });
});

test("a place in the pane names its pixel, and none beside the picture", () => {
  const now = { zoom: 2, cx: 0.5, cy: 0.5 };
  assert.deepEqual(pixelAt(pane, picture, now, { x: 0, y: 0 }), { x: 0, y: 0 });
  assert.deepEqual(pixelAt(pane, picture, now, { x: 81.9, y: 40 }), { x: 40, y: 20 });
  assert.deepEqual(pixelAt(pane, picture, now, { x: 511, y: 255 }), { x: 255, y: 127 });
  assert.equal(pixelAt(pane, picture, { ...now, zoom: 1 }, { x: 127, y: 100 }), null);
  assert.equal(pixelAt(pane, picture, now, { x: 512, y: 0 }), null);
});

test("the zoom is said with the picture's size", () => {
  assert.equal(zoomText(1.6667, { width: 256, height: 256 }), "×1.67 · 256\u202fpx");
  assert.equal(zoomText(3, { width: 128, height: 128 }), "×3 · 128\u202fpx");
  assert.equal(zoomText(1 / 3, { width: 256, height: 171 }), "×0.33 · 256 × 171\u202fpx");
});
