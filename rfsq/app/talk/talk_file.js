// A talk: its scenes, each the link of a view. As a file (JSON) and as a link it comes from outside, so every field is checked.

export const FORMAT = "rfsq-talk";
export const VERSION = 1;
export const MOST_SCENES = 9; // one for each digit
const MOST_CHARS = 65_536; // of a file
const TOLD = ["photo", "example", "source", "conditioning"]; // of a link, in the title of its scene
const LIMITS = { title: 80, query: 2000, minutes: 240 };
const OURS = ["talk", "embed", "embed_options"]; // what a frame adds to the link of a scene

/** @typedef {{ title: string, page: string, query: string }} Scene page: its name in the address, "" for the first one; query: what follows "?" */
/** @typedef {{ title: string, minutes: number, scenes: Scene[] }} Talk */
/** @typedef {Record<string, string>} Pages names of the pages in the address, and their titles */

/**
 * The talk of a file.
 * @param {string} text
 * @param {Pages} pages that this app has
 * @returns {Talk}
 * @throws {Error} with one sentence for people
 */
export function readTalk(text, pages) {
  if (text.length > MOST_CHARS) throw new Error("This is no talk: it is larger than 64 kB.");
  const record = fields(parsed(text), ["format", "version", "title", "minutes", "scenes"], "the talk");
  if (record.format !== FORMAT) throw new Error(`This is no talk: its “format” is not “${FORMAT}”.`);
  if (record.version !== VERSION) {
    throw new Error(`This talk has version ${shown(record.version)}, this app knows ${VERSION}.`);
  }
  const { minutes, scenes } = record;
  if (!Number.isInteger(minutes) || Number(minutes) < 1 || Number(minutes) > LIMITS.minutes) {
    throw new Error(`The talk's “minutes” are no whole number from 1 to ${LIMITS.minutes}: ${shown(minutes)}.`);
  }
  if (!Array.isArray(scenes) || scenes.length < 1 || scenes.length > MOST_SCENES) {
    throw new Error(
      `A talk has 1 to ${MOST_SCENES} scenes, this one has ${Array.isArray(scenes) ? scenes.length : "none"}.`,
    );
  }
  return {
    title: line(record.title, "the talk's title"),
    minutes: Number(minutes),
    scenes: scenes.map((scene, i) => readScene(scene, `scene ${i + 1}`, pages)),
  };
}

/**
 * @param {unknown} value
 * @param {string} what
 * @param {Pages} pages
 * @returns {Scene}
 */
function readScene(value, what, pages) {
  const { title, page, query } = fields(value, ["title", "page", "query"], what);
  if (typeof page !== "string" || !Object.hasOwn(pages, page)) {
    throw new Error(`There is no page ${shown(page)}, which ${what} asks for.`);
  }
  if (typeof query !== "string" || query.length > LIMITS.query || !/^[\x21\x22\x24-\x7e]*$/.test(query)) {
    throw new Error(`The “query” of ${what} is no link of at most ${LIMITS.query} characters.`);
  }
  return { title: line(title, `the title of ${what}`), page, query: ownPart(query) };
}

/**
 * The text of a talk's file.
 * @param {Talk} talk
 */
export function writeTalk({ title, minutes, scenes }) {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, title, minutes, scenes }, null, 1)}\n`;
}

/**
 * A scene that shows what an address shows; null for a page that no scene can show.
 * @param {{ pathname: string, search: string }} address
 * @param {string} title as wished; "" for one that says the page and what it shows
 * @param {Pages} pages
 * @returns {Scene | null}
 */
export function sceneOf({ pathname, search }, title, pages) {
  const page = pathname.slice(pathname.lastIndexOf("/") + 1);
  const query = ownPart(search.replace(/^\?/, ""));
  if (!Object.hasOwn(pages, page) || query.length > LIMITS.query) return null;
  const words = (title || titleOf(pages[page], query)).replace(/\p{Cc}+/gu, " ").trim();
  return {
    title: words.length > LIMITS.title ? `${words.slice(0, LIMITS.title - 1)}…` : words || pages[page],
    page,
    query,
  };
}

/**
 * @param {string} page its name in the menu
 * @param {string} query
 */
function titleOf(page, query) {
  const params = new URLSearchParams(query);
  return [page, ...TOLD.map((name) => params.get(name))].filter(Boolean).join(", ");
}

/**
 * The address of a scene's frame.
 * @param {Scene} scene
 * @param {string} base of the app, "/" or "/lab/"
 * @param {"light" | "dark"} theme
 */
export function addressOf({ page, query }, base, theme) {
  const params = new URLSearchParams(query);
  params.set("talk", "1");
  params.set("embed", "true");
  params.set("embed_options", `${theme}_theme`);
  return `${base}${page}?${params}`;
}

/**
 * A query without what the frame of a scene adds.
 * @param {string} query
 */
function ownPart(query) {
  const params = new URLSearchParams(query);
  if (!OURS.some((name) => params.has(name))) return query;
  for (const name of OURS) params.delete(name);
  return params.toString();
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("This is no talk: it cannot be read as JSON.");
  }
}

/**
 * @param {unknown} value
 * @param {string[]} names of all fields that there are
 * @param {string} what
 * @returns {Record<string, unknown>}
 */
function fields(value, names, what) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`This is no talk: ${what} is no record of fields.`);
  }
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing) throw new Error(`In ${what} the field “${missing}” is missing.`);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`In ${what} there is a field ${shown(unknown)}, which no talk has.`);
  return /** @type {Record<string, unknown>} */ (value);
}

/**
 * @param {unknown} value
 * @param {string} what
 */
function line(value, what) {
  if (typeof value !== "string" || !value.trim() || value.length > LIMITS.title || /\p{Cc}/u.test(value)) {
    throw new Error(`Where ${what} belongs there is no line of 1 to ${LIMITS.title} characters.`);
  }
  return value.trim();
}

/** @param {unknown} value of a file, in a sentence about it */
function shown(value) {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return `“${text.length > 24 ? `${text.slice(0, 23)}…` : text}”`;
}
