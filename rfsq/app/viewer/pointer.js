// Mouse and touch on a picture. One finger scrolls the page (a tap reads a pixel); two fingers zoom and move.

/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {import("./zoom.js").Point} Point */

/**
 * @typedef {object} PointerActions places are in the pane, device pixels
 * @property {() => void} focus
 * @property {(figure: Figure, at: Point | null) => void} point null: the pointer left
 * @property {(figure: Figure, dx: number, dy: number) => void} pan
 * @property {(direction: number, figure: Figure, at: Point) => void} step of the zoom
 * @property {(figure: Figure) => number} zoomOf
 * @property {(wish: number, figure: Figure, at: Point) => void} zoomNear
 */

const WHEEL_MS = 60; // a touch pad sends dozens of events a second

/**
 * The place of an event in the pane, device pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {{ clientX: number, clientY: number }} event
 * @returns {Point}
 */
function placeIn(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
}

/**
 * @param {Figure} figure
 * @param {PointerActions} actions
 */
export function listenToMouse(figure, actions) {
  const { canvas } = figure;
  /** @type {Point | null} */
  let grip = null;
  let wheeled = 0;
  const onWheel = (/** @type {WheelEvent} */ event) => {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    const now = performance.now();
    if (now - wheeled < WHEEL_MS) return;
    wheeled = now;
    actions.step(event.deltaY < 0 ? 1 : -1, figure, placeIn(canvas, event));
  };
  canvas.addEventListener("wheel", onWheel, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    actions.focus();
    if (event.pointerType === "touch" || event.button !== 0) return;
    grip = placeIn(canvas, event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const now = placeIn(canvas, event);
    if (grip && canvas.classList.contains("movable")) {
      actions.pan(figure, now.x - grip.x, now.y - grip.y);
      grip = now;
    }
    actions.point(figure, now);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (grip = null));
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") actions.point(figure, null); // a tap's reading stays
  });
}

/** @param {TouchList} touches two of them */
function between(touches) {
  const [a, b] = touches;
  const clientX = (a.clientX + b.clientX) / 2;
  const clientY = (a.clientY + b.clientY) / 2;
  return { span: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), clientX, clientY };
}

/**
 * @param {Figure} figure
 * @param {PointerActions} actions
 */
export function listenToTouch(figure, actions) {
  const { canvas } = figure;
  /** @type {{ span: number, zoom: number, at: Point } | null} */
  let pinch = null;
  const onStart = (/** @type {TouchEvent} */ event) => {
    if (event.touches.length === 2) {
      const start = between(event.touches);
      pinch = { span: start.span, zoom: actions.zoomOf(figure), at: placeIn(canvas, start) };
      event.preventDefault();
    } else if (event.touches.length === 1) actions.point(figure, placeIn(canvas, event.touches[0]));
  };
  const onMove = (/** @type {TouchEvent} */ event) => {
    if (!pinch || event.touches.length !== 2) return;
    event.preventDefault();
    const now = between(event.touches);
    const at = placeIn(canvas, now);
    actions.pan(figure, at.x - pinch.at.x, at.y - pinch.at.y);
    pinch.at = at;
    actions.zoomNear(pinch.zoom * (now.span / pinch.span), figure, at);
  };
  canvas.addEventListener("touchstart", onStart, { passive: false });
  canvas.addEventListener("touchmove", onMove, { passive: false });
  canvas.addEventListener("touchend", (event) => {
    if (event.touches.length < 2) pinch = null;
  });
}
