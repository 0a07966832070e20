// The photo that a person brought, kept in the browser so that a reload of its tab, or a server started anew, does not lose it.

const NAME = "rfsq-photo";
const MOST_BYTES = 50e6; // a larger file is not kept
const MOST_TABS = 3; // of which one is kept, the latest
const HOURS = 2; // after which none is

/** @typedef {{ tab: string, at: number, file: File }} Kept */

/** Names this tab, for all pages and frames in it, until it is closed. */
function tab() {
  const found = sessionStorage.getItem(NAME) ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
  sessionStorage.setItem(NAME, found);
  return found;
}

/**
 * Keep it for this tab, in place of the one before.
 * @param {File} file
 */
export async function keepPhoto(file) {
  const store = await open();
  const all = await answer(store.getAll());
  const mine = { tab: tab(), at: Date.now(), file };
  const others = all.filter((one) => one.tab !== mine.tab);
  for (const one of all) if (!staying(others, MOST_TABS - 1, mine.at).includes(one)) store.delete(one.tab);
  if (file.size <= MOST_BYTES) store.put(mine);
}

/** This tab has none. */
export async function forgetPhoto() {
  (await open()).delete(tab());
}

/** @returns {Promise<File | null>} this tab's */
export async function keptPhoto() {
  const store = await open();
  const all = await answer(store.getAll());
  const stay = staying(all, MOST_TABS, Date.now());
  for (const one of all) if (!stay.includes(one)) store.delete(one.tab);
  return stay.find((one) => one.tab === tab())?.file ?? null;
}

/**
 * The latest few that are not too old.
 * @param {Kept[]} all
 * @param {number} most
 * @param {number} now milliseconds
 */
export function staying(all, most, now) {
  const fresh = all.filter(({ at }) => at <= now && now - at < HOURS * 3_600_000);
  return fresh.sort((a, b) => b.at - a.at).slice(0, most);
}

/** @returns {Promise<IDBObjectStore>} for one turn of reading and writing */
async function open() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(NAME, { keyPath: "tab" });
  const base = await answer(opening);
  const turn = base.transaction(NAME, "readwrite");
  turn.oncomplete = () => base.close();
  return turn.objectStore(NAME);
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}
