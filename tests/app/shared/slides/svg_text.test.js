// Where the text of a drawing stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { placedText } from "../../../../rfsq/app/shared/slides/svg_text.js";

const STYLE = 'style="font-family: Arial; font-size: 20px; white-space: pre;"';

test("a shift in em becomes a place in the drawing's units", () => {
  assert.equal(
    placedText(`<g y="3"><text class="gtitle" x="12" y="26" dy="0.7em" ${STYLE}><tspan>■ A</tspan></text></g>`),
    `<g y="3"><text xml:space="preserve" class="gtitle" x="12" y="40" ${STYLE}><tspan>■ A</tspan></text></g>`,
  );
});

test("each line has its own place, and the text's own shift is that of its lines", () => {
  const line = (/** @type {string} */ at, /** @type {string} */ words) =>
    `<tspan class="line" x="2" ${at}><tspan style="font-weight:bold">${words}</tspan></tspan>`;
  const given = `<text y="15" dy="0.7em" ${STYLE}>${line('y="15" dy="0em"', "first")}${line('y="15" dy="1.3em"', "second")}</text>`;
  const lines = `${line('y="15"', "first")}${line('y="41"', "second")}`;
  assert.equal(placedText(given), `<text xml:space="preserve" y="15" ${STYLE}>${lines}</text>`);
});

test("what has no shift, no size or is no text stays, and another time changes nothing more", () => {
  const bare = '<svg><rect y="2" dy="1em"/><text y="1" dy="1em">no size</text><text x="1" y="2">plain</text></svg>';
  assert.equal(placedText(bare), bare.replaceAll("<text", '<text xml:space="preserve"'));
  const moved = placedText(`<text y="1" dy="1em" ${STYLE}>a</text>`);
  assert.equal(placedText(moved), moved);
});
