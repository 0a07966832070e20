// How much of the window is left for the pictures, and what fills the screen.

const LEAST = 0.45; // of the window's height: below a viewer that begins deeper, the page has to be scrolled anyway
const EDGE = { page: 10, full: 0.024 }; // CSS pixels kept free at the window's lower edge; on a full screen also of its height
const CAPTION = { phone: 72, page: 84, full: 0.15, square: 0.19, short: 0.085 }; // CSS pixels that a picture's caption takes; of a full screen's height
const SQUARE = 1.5; // width of a window by its height, below which captions take more lines

/**
 * The element that holds another, also across the border of a component.
 * @param {Node} node
 */
function holderOf(node) {
  const parent = node instanceof Element && node.assignedSlot ? node.assignedSlot : node.parentNode;
  return parent instanceof ShadowRoot ? parent.host : parent;
}

/**
 * CSS pixels from the top of the page, scrolled to its begin, to the top of an element.
 * @param {Element} element
 */
export function heightAbove(element) {
  let above = element.getBoundingClientRect().top;
  for (let node = holderOf(element); node instanceof Element; node = holderOf(node)) {
    above += node.scrollTop;
    if (node === document.fullscreenElement) break;
  }
  return above;
}

/**
 * CSS pixels that a window has left below an element when its page is scrolled to the begin.
 * @param {Element} element
 * @param {boolean} full
 */
export function heightLeft(element, full) {
  const edge = EDGE.page + (full ? EDGE.full * window.innerHeight : 0);
  const left = window.innerHeight - heightAbove(element) - edge;
  return left < LEAST * window.innerHeight ? 0.9 * window.innerHeight : left;
}

/**
 * What full screen shows: the part of the page around the viewer that Python named, else the viewer.
 * @param {HTMLElement} root of the viewer
 * @param {string} key of a container, empty for none
 * @returns {HTMLElement}
 */
export function stageOf(root, key) {
  const page = root.getRootNode();
  const host = page instanceof ShadowRoot ? page.host : root;
  return (key && /** @type {HTMLElement | null} */ (host.closest(`.st-key-${CSS.escape(key)}`))) || root;
}

/**
 * CSS pixels that a picture's caption takes.
 * @param {boolean} narrow
 * @param {boolean} full
 * @param {boolean} short a name and one score: many pictures in a talk
 */
export function captionHeight(narrow, full, short) {
  if (full) {
    const square = window.innerWidth < SQUARE * window.innerHeight;
    return (short ? CAPTION.short : square ? CAPTION.square : CAPTION.full) * window.innerHeight;
  }
  return narrow ? CAPTION.phone : CAPTION.page;
}
