// The person's own talk, which grows scene by scene. It stays in this browser, and is checked like a file when it is read.

import { MOST_SCENES, readTalk, writeTalk } from "./talk_file.js";

/** @typedef {import("./talk_file.js").Talk} Talk */
/** @typedef {import("./talk_file.js").Scene} Scene */
/** @typedef {import("./talk_file.js").Pages} Pages */

const KEPT = "rfsq-talk";

/**
 * @param {Pages} pages
 * @returns {Talk | null} null: there is none, or none that can be read
 */
export function ownTalk(pages) {
  try {
    const text = localStorage.getItem(KEPT);
    return text === null ? null : readTalk(text, pages);
  } catch {
    return null;
  }
}

/**
 * Keep it in place of the one before; a talk without scenes is none.
 * @param {Talk} talk
 */
export function keepOwn(talk) {
  if (talk.scenes.length) localStorage.setItem(KEPT, writeTalk(talk));
  else localStorage.removeItem(KEPT);
}

/**
 * The talk with one scene more at its end.
 * @param {Talk | null} talk
 * @param {Scene} scene
 * @returns {Talk}
 * @throws {Error} with one sentence for people
 */
export function withScene(talk, scene) {
  if (!talk) return { title: "My talk", minutes: 10, scenes: [scene] };
  if (talk.scenes.length >= MOST_SCENES) {
    throw new Error(`Your talk has ${MOST_SCENES} scenes, one for each digit. Remove one on the page Talk first.`);
  }
  return { ...talk, scenes: [...talk.scenes, scene] };
}

/**
 * The talk with a scene one place further up (-1) or down (+1).
 * @param {Talk} talk
 * @param {number} index
 * @param {number} by
 * @returns {Talk}
 */
export function moved(talk, index, by) {
  const scenes = [...talk.scenes];
  const [scene] = scenes.splice(index, 1);
  scenes.splice(Math.min(scenes.length, Math.max(0, index + by)), 0, scene);
  return { ...talk, scenes };
}
