// What the page says: computed from the frames that it shows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lengthOf } from "../../../rfsq/app/live_camera/bars.js";
import { filesOf, shownModels, within } from "../../../rfsq/app/live_camera/message.js";
import { PRESS, reasonOf } from "../../../rfsq/app/live_camera/reasons.js";
import { place } from "../../../rfsq/app/live_camera/sources.js";
import { address } from "../../../rfsq/app/live_camera/stream.js";
import { claim, note, percent, price, readouts } from "../../../rfsq/app/live_camera/words.js";

const model = (/** @type {string} */ conditioning, mode = "n") => ({
  ...{ conditioning, name: `${mode}-${conditioning}` },
  ...{ light: "#000", dark: "#fff", marker: "x" },
});
/** @type {import("../../../rfsq/app/live_camera/message.js").Choice} */
const choice = {
  ...{ mode: "network", conditioning: "layernorm", pair: false, stages: 4 },
  ...{ view: "side", mirror: true, source: "picture" },
};
const header = {
  ...{ command: 1, chosen: choice, photo: "Cat", large: false },
  modes: {
    network: { label: "same network", stages: 4, models: [model("none"), model("gain"), model("layernorm")] },
    trained: { label: "trained together", stages: 2, models: [model("none", "t"), model("layernorm", "t")] },
  },
};

test("the sentence names price and score, and claims equal bits only where they are", () => {
  const none = { name: "none", psnr: 19.47, bits: 20 };
  const layernorm = { name: "layernorm", psnr: 32.91, bits: 20 };
  assert.equal(
    claim("same network", [none, layernorm], 4, 4, "over the last second"),
    "Same network, 4 of 4 stages, the same 20 bits for each token: none 19.5\u202fdB, layernorm 32.9\u202fdB, over the last second.",
  );
  assert.match(claim("same network", [{ ...none, bits: 10 }, layernorm], 2, 4, "now"), /10 and 20 bits for each token/);
  assert.match(
    claim("trained together", [layernorm], 1, 4, "now"),
    /^layernorm, trained together, 1 of 4 stages, 20 bits.*, now\.$/,
  );
});

test("a price has its side information", () => {
  const shown = { ...{ name: "", psnr: 1, left: [], length: 0 }, ...{ bits: 9.285, bpp: 1.2506, sideBytes: 80 } };
  assert.equal(price(shown), "9.29\u202fbits/token · 1.251\u202fbpp with 80\u202fB side");
  assert.equal(price({ ...shown, sideBytes: 0 }), "9.29\u202fbits/token · 1.251\u202fbpp");
});

test("shares have two digits, and bars end where nothing is left and where twice as much is", () => {
  assert.equal(percent(1.264), "126\u202f%");
  assert.equal(percent(0.0512), "5.1\u202f%");
  assert.equal(lengthOf(0), 0);
  assert.equal(lengthOf(0.6), 2 * lengthOf(0.3), "as long as its number says");
  assert.ok(lengthOf(1) < 1, "there is room for a stage that leaves more than it got");
  assert.equal(lengthOf(9), 1);
});

test("what is not measured yet is a dash", () => {
  const now = readouts({ rate: null, delay: null, side: 256, dropped: 3 });
  assert.deepEqual(
    now.map(({ value }) => value),
    ["–", "–", "256 × 256\u202fpx", "3"],
  );
  assert.equal(readouts({ rate: 12.4, delay: 83.2, side: 96, dropped: 0 })[0].value, "12");
});

test("none stands beside the chosen one, and never beside itself", () => {
  const names = (/** @type {Partial<typeof choice>} */ change) =>
    shownModels(header, { ...choice, ...change }).map(({ name }) => name);
  assert.deepEqual(names({}), ["n-layernorm"]);
  assert.deepEqual(names({ pair: true }), ["n-none", "n-layernorm"]);
  assert.deepEqual(names({ pair: true, conditioning: "none" }), ["n-none"]);
});

test("a choice that another mode does not have becomes one that it has", () => {
  const found = within(header, { ...choice, mode: "trained", conditioning: "gain" });
  assert.equal(found.conditioning, "none");
  assert.equal(found.stages, 2);
  assert.equal(within(header, { ...choice, mode: "gone" }).mode, "network");
});

test("an answer that is not whole is refused", () => {
  const part = { ...{ name: "", psnr: 1, left: [], bits: 1, bpp: 1, sideBytes: 0 }, length: 3 };
  const answer = { number: 1, models: [part, part], ms: 1 };
  const files = filesOf(answer, new Uint8Array([1, 2, 3, 4, 5, 6]));
  assert.deepEqual([...files[1]], [4, 5, 6]);
  assert.throws(() => filesOf(answer, new Uint8Array(5)), /whole/);
});

test("every reason says that a moving picture takes the camera's place", () => {
  const sentences = ["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError", "AbortError"].map(
    (name) => reasonOf(Object.assign(new Error(), { name })),
  );
  assert.equal(new Set(sentences).size, 5);
  for (const sentence of sentences) assert.match(sentence, /a moving picture takes its place/);
});

test("the moving picture stays inside its photo and never jumps", () => {
  let last = place(0);
  for (let second = 0; second < 100; second += 1 / 30) {
    const now = place(second);
    for (const [share, before] of now.map((value, axis) => [value, last[axis]])) {
      assert.ok(share >= 0 && share <= 1 && Math.abs(share - before) < 0.02);
    }
    last = now;
  }
});

test("the socket stands beside the page, wherever the app is", () => {
  const at = (/** @type {string} */ text) => address(new URL(text));
  assert.equal(at("http://localhost:8501/live-camera?v=1#x"), "ws://localhost:8501/live-frames");
  assert.equal(at("https://lab.example/a/b/live-camera"), "wss://lab.example/a/b/live-frames");
  assert.equal(at("https://lab.example/a/live-camera/"), "wss://lab.example/a/live-frames");
});

test("a hint is told from what went otherwise than expected, and why nothing moves comes first", () => {
  assert.deepEqual(note("", true, "", "Cat"), { text: "", told: false }); // the camera
  const hint = `${PRESS} It shows “Cat”, the photo of all pages.`;
  assert.deepEqual(note("", true, PRESS, "Cat"), { text: hint, told: false });
  const denied = { text: "Not permitted. It shows “Cat”, the photo of all pages.", told: true };
  assert.deepEqual(note("", true, "Not permitted.", "Cat"), denied);
  assert.deepEqual(note("You are next.", false, PRESS, "Cat"), { text: "You are next.", told: true });
  const still = { text: "The picture stands still. You are next. Not permitted.", told: true };
  assert.deepEqual(note("You are next.", true, "Not permitted.", "Cat"), still);
});
