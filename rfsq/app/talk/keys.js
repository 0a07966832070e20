// What keys mean in a talk. Clickers send Page Up and Page Down, B or a dot, some of them arrows.

/** @typedef {{ scene: number } | { by: number } | { act: "first" | "last" | "black" | "clock" | "full" | "save" | "leave" }} Meaning scene: from 1 */

/** @type {Record<string, Meaning>} */
const KEYS = {
  PageDown: { by: 1 },
  PageUp: { by: -1 },
  b: { act: "black" },
  ".": { act: "black" },
  t: { act: "clock" },
  f: { act: "full" },
  s: { act: "save" },
  Escape: { act: "leave" },
};
/** @type {Record<string, Meaning>} what a scene's page may want for itself: it comes first */
const LEFT_OVER = {
  ArrowRight: { by: 1 },
  ArrowDown: { by: 1 },
  ArrowLeft: { by: -1 },
  ArrowUp: { by: -1 },
  Home: { act: "first" },
  End: { act: "last" },
};

/** @typedef {{ key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, defaultPrevented?: boolean }} Key */
/** @typedef {{ tagName?: string, type?: string, isContentEditable?: boolean }} Target */

/**
 * What a key means before the scene's page hears of it, or null.
 * @param {Key} event
 * @param {Target} target
 * @returns {Meaning | null}
 */
export function meaningOf(event, target) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const paging = event.key === "PageDown" || event.key === "PageUp";
  if (!paging && isTyping(target)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (/^[1-9]$/.test(key)) return { scene: Number(key) };
  return Object.hasOwn(KEYS, key) ? KEYS[key] : null;
}

/**
 * What a key means once the scene's page has left it alone, or null.
 * @param {Key} event
 * @param {Target} target
 * @returns {Meaning | null}
 */
export function leftOver(event, target) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (isTyping(target) || (target.tagName === "INPUT" && target.type === "range")) return null;
  return Object.hasOwn(LEFT_OVER, event.key) ? LEFT_OVER[event.key] : null;
}

/** @param {Target} target */
function isTyping({ tagName, type, isContentEditable }) {
  if (isContentEditable || tagName === "TEXTAREA" || tagName === "SELECT") return true;
  return tagName === "INPUT" && !["range", "checkbox", "radio", "button", "file"].includes(type ?? "text");
}

/**
 * The scene that a meaning leads to, from 1; the same one where there is no other.
 * @param {Meaning} meaning
 * @param {number} now
 * @param {number} count
 */
export function sceneAfter(meaning, now, count) {
  if ("scene" in meaning) return meaning.scene <= count ? meaning.scene : now;
  if ("by" in meaning) return Math.min(count, Math.max(1, now + meaning.by));
  return meaning.act === "first" ? 1 : meaning.act === "last" ? count : now;
}
