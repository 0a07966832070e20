// A part of the page asks a viewer to save all that it shows.

const ASKED = "rfsq-view-asked";

/** @typedef {{ key: string, file: string, title: string, notes: string[] }} Wish key: of the viewer; file: begins the name */

/**
 * @param {Wish} wish
 * @returns {boolean} whether there is such a viewer
 */
export function askForView(wish) {
  return !document.dispatchEvent(new CustomEvent(ASKED, { detail: wish, cancelable: true }));
}

/**
 * @param {string} key of the viewer
 * @param {(wish: Wish) => void} save
 * @returns {() => void} listens no more
 */
export function onViewAsked(key, save) {
  const answer = (/** @type {Event} */ event) => {
    const wish = /** @type {CustomEvent<Wish>} */ (event).detail;
    if (wish.key !== key) return;
    event.preventDefault();
    save(wish);
  };
  document.addEventListener(ASKED, answer);
  return () => document.removeEventListener(ASKED, answer);
}
