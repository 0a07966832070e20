// Where frames come from: a camera, or a photo that moves. Both are asked for a square of any size.

import { el } from "../shared/browser/elements.js";

/**
 * @typedef {object} Source
 * @property {number} shown pictures so far, of which most may never be sent
 * @property {number} taken clock when the newest was taken
 * @property {number} side pixels of its largest square
 * @property {(pen: CanvasRenderingContext2D, mirror: boolean) => void} draw the newest, over the whole square
 * @property {() => void} stop
 */

const SILENCE = 4000; // ms without a picture after which a camera counts as lost

/** @implements {Source} */
export class Camera {
  /**
   * Asks for permission, and waits for the first picture.
   * @param {() => void} fresh is called for each picture
   * @param {(silent: boolean) => void} lost is called when there will be no more
   * @param {HTMLElement} holder of the video, which the browser plays at full rate only on the page
   */
  static async open(fresh, lost, holder) {
    const wish = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wish });
    const camera = new Camera(stream, fresh, lost);
    holder.append(camera.video);
    try {
      await camera.video.play();
    } catch (error) {
      camera.stop();
      throw error;
    }
    return camera;
  }

  /**
   * @param {MediaStream} stream
   * @param {() => void} fresh
   * @param {(silent: boolean) => void} lost
   */
  constructor(stream, fresh, lost) {
    this.stream = stream;
    this.fresh = fresh;
    this.video = el("video", { class: "camera", playsinline: true, "aria-hidden": "true" });
    this.video.muted = true;
    this.video.srcObject = stream;
    this.shown = 0;
    this.taken = 0;
    this.heard = performance.now();
    for (const track of stream.getVideoTracks()) track.addEventListener("ended", () => lost(false));
    this.watch = setInterval(() => {
      if (document.hidden) this.heard = performance.now();
      else if (performance.now() - this.heard > SILENCE) lost(true);
    }, 500);
    this.listen();
  }

  listen() {
    this.call = this.video.requestVideoFrameCallback((now, { captureTime, presentedFrames }) => {
      this.shown = presentedFrames;
      this.taken = captureTime ?? now;
      this.heard = performance.now();
      this.listen();
      this.fresh();
    });
  }

  get side() {
    return Math.min(this.video.videoWidth, this.video.videoHeight);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {boolean} mirror
   */
  draw(pen, mirror) {
    const { videoWidth: width, videoHeight: height } = this.video;
    const side = this.side;
    drawSquare(pen, this.video, (width - side) / 2, (height - side) / 2, side, mirror);
  }

  stop() {
    clearInterval(this.watch);
    this.video.cancelVideoFrameCallback(this.call ?? 0);
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
    this.video.remove();
  }
}

const PART = 0.62; // of the photo's shorter side, that is in sight,
const LEAST = 256; // and pixels at least, where it has so many
const FRAME = 33; // ms between two pictures

/** @implements {Source} */
export class MovingPicture {
  /**
   * @param {ImageBitmap} photo
   * @param {() => void} fresh
   */
  constructor(photo, fresh) {
    this.photo = photo;
    this.fresh = fresh;
    this.shown = 0;
    this.taken = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.tick(performance.now());
  }

  /** @param {number} now */
  tick(now) {
    this.call = requestAnimationFrame((next) => this.tick(next));
    if (now - this.taken < FRAME - 4) return; // a screen may draw more often than a camera
    this.shown += 1;
    this.taken = now;
    this.fresh();
  }

  get side() {
    const shorter = Math.min(this.photo.width, this.photo.height);
    return Math.max(Math.round(PART * shorter), Math.min(LEAST, shorter));
  }

  /** @param {CanvasRenderingContext2D} pen */
  draw(pen) {
    const { width, height } = this.photo;
    const [x, y] = this.still ? [0.5, 0.5] : place(this.taken / 1000);
    drawSquare(pen, this.photo, x * (width - this.side), y * (height - this.side), this.side, false);
  }

  stop() {
    cancelAnimationFrame(this.call ?? 0);
  }
}

/**
 * Where the square stands after so many seconds, as shares of its way: a slow loop that never jumps.
 * @param {number} seconds
 * @returns {[number, number]}
 */
export function place(seconds) {
  return [0.5 + 0.5 * Math.sin(0.4 * seconds), 0.5 + 0.5 * Math.sin(0.31 * seconds + 1)];
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {CanvasImageSource} picture
 * @param {number} x
 * @param {number} y
 * @param {number} side
 * @param {boolean} mirror
 */
function drawSquare(pen, picture, x, y, side, mirror) {
  const { width, height } = pen.canvas;
  pen.save();
  if (mirror) {
    pen.translate(width, 0);
    pen.scale(-1, 1);
  }
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, x, y, side, side, 0, 0, width, height);
  pen.restore();
}
