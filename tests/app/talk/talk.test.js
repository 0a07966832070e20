// The words about a talk, its address, its clock, and the person's own talk.

import assert from "node:assert/strict";
import { test } from "node:test";
import { baseOf, readAddress, writeAddress } from "../../../rfsq/app/talk/address.js";
import { awayText, Missed } from "../../../rfsq/app/talk/away.js";
import { clockText } from "../../../rfsq/app/talk/clock.js";
import { readinessText } from "../../../rfsq/app/talk/frames.js";
import { moved, withScene } from "../../../rfsq/app/talk/own_talk.js";

/** @typedef {import("../../../rfsq/app/talk/frames.js").Readiness} Readiness */

/** @param {Readiness[]} states */
const scenes = (...states) => states.map((readiness, i) => ({ readiness, title: `S${i + 1}` }));

test("“ready, offline” is said when every scene is drawn, and what is drawn when shown is named", () => {
  assert.equal(readinessText(scenes("ready", "drawing", "waiting"), ""), "1 of 3 scenes are drawn.");
  assert.equal(readinessText(scenes("ready", "slow"), ""), "1 of 2 scenes are drawn.");
  const text = readinessText(scenes("ready", "ready", "live"), "");
  assert.match(text, /^Ready, offline: 2 scenes are drawn and held in this browser.* Drawn when shown: S3\.$/);
  assert.match(readinessText(scenes("ready"), "lab.example"), /computed on lab\.example, over the network/);
});

test("the address restores list, scene and window; what is none of them counts as absent", () => {
  const address = { list: "ab_-9", scene: 4, speaker: true };
  assert.deepEqual(readAddress(writeAddress(address)), address);
  assert.equal(writeAddress({ list: "", scene: 0, speaker: false }), "");
  for (const scene of ["0", "10", "x", "-1", "1.5"]) assert.equal(readAddress(`?scene=${scene}`).scene, 0);
  assert.equal(baseOf("/talk"), "/");
  assert.equal(baseOf("/lab/base/talk"), "/lab/base/");
});

test("the clock counts minutes and seconds", () => {
  assert.equal(clockText(0, 10), "0:00 of 10:00");
  assert.equal(clockText(187.9, 10), "3:07 of 10:00");
  assert.equal(clockText(3725, 0), "62:05");
});

test("an own talk grows to nine scenes, and its scenes change places", () => {
  const scene = (/** @type {string} */ title) => ({ title, page: "", query: "" });
  let talk = withScene(null, scene("1"));
  for (let i = 2; i <= 9; i += 1) talk = withScene(talk, scene(String(i)));
  assert.equal(talk.scenes.length, 9);
  assert.throws(() => withScene(talk, scene("10")), /9 scenes/);
  const order = (/** @type {typeof talk} */ of) => of.scenes.map(({ title }) => title).join("");
  assert.equal(order(moved(talk, 0, 1)), "213456789");
  assert.equal(order(moved(talk, 8, 1)), "123456789");
  assert.equal(order(moved(talk, 2, -1)), "132456789");
});

test("a server that is away is told after a moment, until the scene is drawn again", () => {
  assert.equal(awayText("lost", 400), "", "a brief gap is not worth a word");
  assert.match(awayText("lost", 2000), /server is away/);
  assert.match(awayText("busy", 9000), /server is back/);
  assert.equal(awayText("busy", 0), "", "a scene that computes without having lost it");
  assert.equal(awayText("live", 9000), "");
});

test("a scene that is shown before it is drawn says so, and a server that was away is no part of that", () => {
  const missed = new Missed();
  const words = (/** @type {import("../../../rfsq/app/talk/frames.js").Link} */ link, /** @type {number} */ now) =>
    awayText(link, missed.since(link, now));
  assert.deepEqual([words("first", 1000), words("first", 2000)], ["", ""]);
  assert.match(words("first", 3000), /still being drawn/);
  assert.equal(words("busy", 9000), "", "another scene, which was drawn before");
  assert.equal(words("first", 9100), "");
  assert.equal(words("live", 20_000), "");
  assert.equal(words("lost", 21_000), "");
  assert.match(words("busy", 30_000), /server is back/);
});
