// A list of scenes as a link holds it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { packed, unpacked } from "../../../rfsq/app/talk/packed.js";

test("a text comes back, in signs that a link leaves alone", async () => {
  const text = JSON.stringify({ words: "– “ü” 🧩 ".repeat(200) });
  const code = await packed(text);
  assert.match(code, /^[\w-]+$/);
  assert.ok(code.length < text.length / 4);
  assert.equal(await unpacked(code), text);
});

test("what is not whole, or grows without end, gets a sentence", async () => {
  const code = await packed("x".repeat(1000));
  for (const bad of ["a b", "%", code.slice(0, -4), "AAAA", "x".repeat(20_000)]) {
    await assert.rejects(unpacked(bad), /not whole/, bad.slice(0, 20));
  }
  await assert.rejects(unpacked(await packed("x".repeat(5_000_000))), /larger than 64 kB/);
});
