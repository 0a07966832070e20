// What a wish of the person or of Python changes, as a table.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byNeed, frameOf, stagesText } from "../../../rfsq/app/viewer/message.js";
import { firstState, reported, reset, shownIds, withFocus, within, withView } from "../../../rfsq/app/viewer/state.js";

/** @typedef {import("../../../rfsq/app/viewer/message.js").Header} Header */

/**
 * @param {string} name
 * @param {number} stages
 * @returns {import("../../../rfsq/app/viewer/message.js").Method}
 */
function method(name, stages) {
  const frames = Array.from({ length: stages }, (_, i) => ({
    ...{ scores: "", rate: "", picture: `${name}${i + 1}`, error: i ? null : `${name}-error` },
  }));
  return { name, label: name.toUpperCase(), light: "", dark: "", marker: "", start: `${name}0`, frames };
}

/** @type {Header} */
const header = {
  ...{ digest: "d", key: "k", command: 5, session: "one", stage: 3, view: "grid", stages: 4, live: true, staged: true },
  ...{
    height: 128,
    width: 128,
    maxHeight: 0,
    stageKey: "",
    talk: false,
    pair: ["original", "fsq"],
    linked: [],
    place: { picture: "all", left: "", right: "", divider: 0.5, zoom: 0, x: 0.5, y: 0.5, pixels: "" },
    original: "o",
    imageKey: "cat",
    notice: "",
    errorNote: "",
    errorMax: 1,
  },
  methods: [method("none", 4), method("scale", 4), method("fsq", 1)],
  folder: "/pictures",
};
const start = firstState(header, false);

test("the first view is what Python asks for, and one picture on a phone, of which Python does not hear", () => {
  assert.deepEqual(reported(start), { stage: 3, view: "grid", focus: "all", command: 5 });
  const phone = firstState(header, true);
  assert.equal(phone.view, "flip");
  assert.deepEqual(shownIds(phone, header), ["none"]);
  assert.deepEqual(reported(phone), reported(start));
  assert.equal(reported(withView(phone, "flip", header)).view, "flip");
  assert.equal(firstState({ ...header, view: "divider" }, true).view, "divider");
});

test("each view shows its pictures", () => {
  assert.deepEqual(shownIds(start, header), ["original", "none", "scale", "fsq"]);
  assert.deepEqual(shownIds(withView(start, "divider", header), header), ["divider"]);
  const flip = withView(start, "flip", header);
  assert.deepEqual(shownIds(flip, header), ["none"]);
  assert.deepEqual(shownIds(withFocus(flip, "original"), header), ["original"]);
  const error = withFocus(withView(start, "error", header), "scale");
  assert.deepEqual(shownIds(error, header), ["scale"]);
  assert.deepEqual(shownIds(withView(error, "grid", header), header), ["original", "none", "scale", "fsq"]);
});

test("choosing a picture flips to it, keeps error maps, and goes to the right of the divider", () => {
  assert.equal(withFocus(start, "fsq").view, "flip");
  const error = withView(start, "error", header);
  assert.equal(withFocus(error, "fsq").view, "error");
  assert.equal(withFocus(error, "original").view, "flip");
  assert.equal(withFocus(error, "all").view, "error");
  const divider = withFocus(withView(start, "divider", header), "scale");
  assert.deepEqual([divider.view, divider.right, divider.focus], ["divider", "scale", "all"]);
  assert.equal(withFocus(divider, "all").view, "grid");
});

test("another photo starts untouched, and what is gone is chosen no more", () => {
  const used = { ...withFocus(start, "scale"), zoom: 4, cx: 0.1, left: "scale", right: "none", stage: 4 };
  const fewer = { ...header, stages: 2, methods: [method("none", 2), method("ours", 2)] };
  const next = within(used, { ...fewer, imageKey: "dog", pair: ["original", "ours"] });
  assert.deepEqual([next.zoom, next.cx, next.imageKey], [0, 0.5, "dog"]);
  assert.deepEqual([next.focus, next.left, next.right, next.stage], ["ours", "original", "ours", 2]);
  assert.deepEqual(within(used, header), used);
  assert.equal(within({ ...used, view: "error" }, fewer).focus, "all");
});

test("flip and divider open with the pair, and flip goes to the other one when asked again", () => {
  const paired = { ...header, pair: /** @type {[string, string]} */ (["scale", "none"]) };
  const flip = withView(firstState(paired, false), "flip", paired);
  assert.deepEqual([flip.left, flip.right], ["scale", "none"]);
  assert.deepEqual(shownIds(flip, paired), ["scale"]);
  const other = withView(flip, "flip", paired);
  assert.deepEqual(shownIds(other, paired), ["none"]);
  assert.deepEqual(shownIds(withView(other, "flip", paired), paired), ["scale"]);
  assert.deepEqual(shownIds(firstState(paired, true), paired), ["scale"], "the first picture on a phone");
  assert.deepEqual(shownIds(withView(firstState(paired, true), "flip", paired), paired), ["none"]);
});

test("another pair takes the sides, the same pair by other names keeps what the person chose", () => {
  const used = { ...start, left: "none", right: "scale", focus: "scale", view: /** @type {const} */ ("flip") };
  const renamed = (/** @type {string} */ name) => ({ ...method(name, 4), name: `${name}-9` });
  const finer = { ...header, methods: [renamed("none"), renamed("scale"), renamed("fsq")] };
  const next = within(used, { ...finer, pair: ["original", "fsq-9"] }, header);
  assert.deepEqual([next.left, next.right, next.focus], ["none-9", "scale-9", "scale-9"]);
  const paired = within(used, { ...header, pair: ["fsq", "none"] }, header);
  assert.deepEqual([paired.left, paired.right, paired.focus], ["fsq", "none", "scale"]);
});

test("a link says where a viewer begins, and what it names wrongly is left out", () => {
  const place = { picture: "scale", left: "fsq", right: "", divider: 0.25, zoom: 3, x: 0.1, y: 0.9, pixels: "smooth" };
  const opened = firstState({ ...header, view: "flip", place }, true);
  assert.deepEqual(shownIds(opened, header), ["scale"]);
  assert.deepEqual([opened.left, opened.right, opened.fraction], ["fsq", "fsq", 0.25]);
  assert.deepEqual([opened.zoom, opened.cx, opened.cy, opened.sharp], [3, 0.1, 0.9, false]);
  assert.deepEqual(within(opened, header), opened);
  const wrong = within(firstState({ ...header, place: { ...place, picture: "gone", left: "gone" } }, false), header);
  assert.deepEqual([wrong.focus, wrong.left], ["all", "original"]);
});

test("a reset leaves stage, view and pictures", () => {
  const used = { ...withView(start, "divider", header), zoom: 4, sharp: true, fraction: 0.2, right: "none" };
  assert.deepEqual(reset(used), { ...used, zoom: 0, cx: 0.5, cy: 0.5, sharp: null, fraction: 0.5 });
});

test("pictures on screen are needed first, and all but once", () => {
  const [first, rest] = byNeed(header, 2, "error");
  assert.deepEqual(first, ["o", "none2", "scale2", "fsq1", "fsq-error"]);
  assert.equal(new Set([...first, ...rest]).size, first.length + rest.length);
  assert.ok(rest.includes("none-error") && rest.includes("scale4"));
});

test("a method with fewer frames shows its last one", () => {
  assert.equal(frameOf(header.methods[2], 4).picture, "fsq1");
  assert.equal(stagesText(header.methods[0], 2, true), "2 of 4 stages");
  assert.equal(stagesText(header.methods[2], 2, true), "1 stage");
  assert.equal(stagesText(header.methods[0], 2, false), "");
});
