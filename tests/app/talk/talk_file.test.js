// A talk's file: what is taken, what is refused, and that nothing is lost on the way.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { addressOf, MOST_SCENES, readTalk, sceneOf, writeTalk } from "../../../rfsq/app/talk/talk_file.js";

const pages = { "": "Compare", lab: "Lab" };
const talk = {
  title: "Mine",
  minutes: 5,
  scenes: [
    { title: "First", page: "", query: "v=1&photo=cat" },
    { title: "Then", page: "lab", query: "" },
  ],
};

/** @param {Record<string, unknown>} changed */
const file = (changed) => JSON.stringify({ ...JSON.parse(writeTalk(talk)), ...changed });

test("a talk comes back from its file", () => assert.deepEqual(readTalk(writeTalk(talk), pages), talk));

test("the talk that ships is read like anybody's", () => {
  const text = readFileSync(new URL("../../../rfsq/app/talk/ten_minutes.json", import.meta.url), "utf8");
  const all = { ...pages, "rate-distortion": "", "live-camera": "" };
  assert.ok(readTalk(text, all).scenes.length > 1);
});

test("every fault of a file gets a sentence of its own", () => {
  const scene = talk.scenes[0];
  /** @type {[string, RegExp][]} */
  const faults = [
    ["{", /cannot be read as JSON/],
    ["[]", /no record of fields/],
    ["null", /no record of fields/],
    [" ".repeat(70_000), /larger than 64 kB/],
    [file({ format: "other" }), /“format” is not “rfsq-talk”/],
    [file({ version: 2 }), /version “2”, this app knows 1/],
    [file({ version: "1" }), /version “1”/],
    [file({ minutes: 0 }), /“minutes”/],
    [file({ minutes: 1.5 }), /“minutes”/],
    [file({ minutes: 1e9 }), /“minutes”/],
    [file({ title: "" }), /the talk's title/],
    [file({ title: "a\nb" }), /the talk's title/],
    [file({ title: 7 }), /the talk's title/],
    [file({ extra: 1 }), /a field “extra”, which no talk has/],
    [file({ scenes: [] }), /this one has 0/],
    [file({ scenes: "x" }), /this one has none/],
    [file({ scenes: Array(10).fill(scene) }), /this one has 10/],
    [file({ scenes: [7] }), /scene 1 is no record/],
    [file({ scenes: [scene, { ...scene, page: "nowhere" }] }), /no page “nowhere”, which scene 2 asks for/],
    [file({ scenes: [{ ...scene, page: "constructor" }] }), /no page “constructor”/],
    [file({ scenes: [{ ...scene, page: "//evil.example" }] }), /no page/],
    [file({ scenes: [{ ...scene, query: "a b" }] }), /“query” of scene 1/],
    [file({ scenes: [{ ...scene, query: "a#b" }] }), /“query” of scene 1/],
    [file({ scenes: [{ ...scene, query: "x".repeat(2001) }] }), /“query” of scene 1/],
    [file({ scenes: [{ ...scene, title: "x".repeat(81) }] }), /title of scene 1/],
    [file({ scenes: [{ title: "x", page: "" }] }), /In scene 1 the field “query” is missing/],
  ];
  for (const [text, sentence] of faults) assert.throws(() => readTalk(text, pages), sentence, text.slice(0, 200));
});

test("a view becomes a scene: its page, its link, and a title that fits", () => {
  const view = { pathname: "/base/lab", search: "?v=1&talk=1&stage=2&embed=true" };
  assert.deepEqual(sceneOf(view, "Why?", pages), { title: "Why?", page: "lab", query: "v=1&stage=2" });
  assert.equal(sceneOf({ pathname: "/", search: "" }, "", pages)?.title, "Compare");
  const cat = { pathname: "/", search: "?photo=cat&conditioning=scale&levels=2" };
  assert.equal(sceneOf(cat, "", pages)?.title, "Compare, cat, scale");
  assert.equal(sceneOf({ pathname: "/", search: "" }, "x".repeat(200), pages)?.title.length, 80);
  assert.equal(sceneOf({ pathname: "/talk", search: "" }, "x", pages), null);
  assert.equal(sceneOf({ pathname: "/", search: `?a=${"x".repeat(2000)}` }, "x", pages), null);
});

test("a frame's address is of this app, in the talk view, whatever the link says", () => {
  const scene = { title: "x", page: "lab", query: "v=1&talk=0&levels=2" };
  const address = new URL(addressOf(scene, "/base/", "dark"), "https://here");
  assert.equal(address.origin + address.pathname, "https://here/base/lab");
  assert.deepEqual(Object.fromEntries(address.searchParams), {
    ...{ v: "1", talk: "1", levels: "2", embed: "true", embed_options: "dark_theme" },
  });
});

test("nine scenes are the most", () => assert.equal(MOST_SCENES, 9));
