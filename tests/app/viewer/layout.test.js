// How the pictures stand, in rooms of several sizes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { halves } from "../../../rfsq/app/viewer/divider.js";
import { arrange, GAP, layOut } from "../../../rfsq/app/viewer/layout.js";

const room = { inner: 1350, height: 540, window: 900, maxHeight: 0, caption: 84, narrow: false, ratio: 1 };
const phone = { ...room, inner: 360, height: 500, window: 844, caption: 72, narrow: true, ratio: 2 };
const photo = { width: 256, height: 256 };

test("pictures stand in one row, as people compare what they see at once, and fill it", () => {
  const { columns, rows, zoom } = arrange(3, photo, room);
  assert.deepEqual([columns, rows], [3, 1]);
  assert.ok(Math.abs(zoom * 256 - (1350 - 2 * GAP) / 3) < 1);
  assert.equal(arrange(5, photo, room).columns, 5);
});

test("a row with its captions is never higher than what the window has left", () => {
  for (const height of [300, 420, 540, 720]) {
    for (const count of [1, 2, 3, 5]) {
      const { pane, columns } = layOut(count, photo, { ...room, height });
      const rows = columns.startsWith("repeat") ? Math.ceil(count / Number(columns.match(/\d+/)?.[0])) : 1;
      assert.ok(rows * (pane.height + 84) <= height + 1 || pane.height <= 200, `${count} in ${height}`);
    }
  }
});

test("more rows are used where one would show stamps", () => {
  const { columns, rows } = arrange(5, { width: 1000, height: 300 }, { ...room, inner: 900 });
  assert.ok(rows > 1 && columns < 5);
});

test("on a screen that is looked at from afar a row gives up little of its pictures' size", () => {
  const stage = { ...room, inner: 1130, height: 850, window: 1080, caption: 92, fill: true };
  assert.equal(arrange(4, photo, { ...stage, fill: false }).rows, 1);
  assert.deepEqual([arrange(4, photo, stage).columns, arrange(4, photo, stage).rows], [2, 2]);
  assert.ok(arrange(5, photo, stage).zoom * 256 > 320, "five methods of a talk's scene on 1080 lines");
  assert.equal(arrange(3, photo, stage).rows, 1);
});

test("on a phone wide pictures stand one below the other, square ones in pairs", () => {
  assert.equal(arrange(4, { width: 1024, height: 256 }, phone).columns, 1);
  assert.equal(arrange(4, photo, phone).columns, 2);
});

test("every pane shows its whole picture and no layout is wider than its room", () => {
  for (const count of [1, 2, 3, 4, 5]) {
    for (const size of [photo, { width: 64, height: 640 }, { width: 3000, height: 2000 }, { width: 1, height: 1 }]) {
      for (const place of [
        room,
        phone,
        { ...room, caption: 172, height: 690 },
        { ...room, maxHeight: 300, ratio: 1.5 },
      ]) {
        const { fit, pane, columns, gap } = layOut(count, size, place);
        assert.ok(pane.width >= 1 && pane.height >= 1);
        assert.ok(Math.abs(pane.width - size.width * fit) <= 1, "the pane is as large as the picture");
        assert.ok(pane.width / place.ratio <= place.inner + 1);
        const found = columns.match(/repeat\((\d+), ([\d.]+)px\)/);
        if (!found) continue;
        const [number, cell] = [Number(found[1]), Number(found[2])];
        assert.ok(number * cell + (number - 1) * gap <= place.inner + 1e-6);
        assert.ok(gap === 0 || gap >= GAP - 1e-6);
      }
    }
  }
});

test("the divider cuts at a whole pixel and leaves nothing out", () => {
  for (const down of [false, true]) {
    for (const fraction of [0, 0.3333, 0.5, 1]) {
      const [first, last] = halves({ width: 301, height: 200 }, fraction, down);
      const [along, other] = down
        ? /** @type {const} */ (["height", "width"])
        : /** @type {const} */ (["width", "height"]);
      assert.ok(Number.isInteger(first[along]));
      assert.equal(first[along] + last[along], down ? 200 : 301);
      assert.equal(first[other], last[other]);
      assert.equal(down ? last.y : last.x, first[along]);
    }
  }
});
