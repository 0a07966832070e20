// The page's link: Python writes it, and parts of the page add what only the browser knows.

const ASKED = "rfsq-link-asked";
const CHANGED = "rfsq-link-changed";

/** @typedef {(params: URLSearchParams) => void} Write */

/**
 * Add to the link from now on.
 * @param {Write} write sets and deletes its own parameters
 * @returns {() => void} adds no more
 */
export function addToLink(write) {
  const answer = (/** @type {Event} */ event) => write(/** @type {CustomEvent<URLSearchParams>} */ (event).detail);
  document.addEventListener(ASKED, answer);
  return () => document.removeEventListener(ASKED, answer);
}

/** What a part would add is another now. */
export function linkChanged() {
  document.dispatchEvent(new Event(CHANGED));
}

/**
 * The whole link.
 * @param {string} query Python's part
 */
export function wholeLink(query) {
  const params = new URLSearchParams(query);
  document.dispatchEvent(new CustomEvent(ASKED, { detail: params }));
  return params.toString();
}

/**
 * @param {() => void} act
 * @returns {() => void} listens no more
 */
export function onLinkChanged(act) {
  document.addEventListener(CHANGED, act);
  return () => document.removeEventListener(CHANGED, act);
}
