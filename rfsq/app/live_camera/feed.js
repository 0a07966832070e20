// The frames' source: the camera where there is one and it is wanted, else the moving picture, with the reason.

import { ASKING, NOT_SECURE, PRESS, reasonOf, SILENT, UNPLUGGED } from "./reasons.js";
import { Camera, MovingPicture } from "./sources.js";

/** @typedef {import("./sources.js").Source} Source */

export class Feed {
  /**
   * @param {HTMLElement} holder of the camera's video
   * @param {() => void} fresh is called for each picture
   * @param {() => void} changed is called when there is another source, or another reason
   */
  constructor(holder, fresh, changed) {
    this.holder = holder;
    this.fresh = fresh;
    this.changed = changed;
    /** @type {Source | null} */
    this.source = null;
    /** @type {ImageBitmap | null} */
    this.photo = null;
    this.reason = PRESS; // why it is no camera
    this.wanted = false; // the camera
    this.asking = 0; // number of the last try: an answer to an older one comes too late
    this.plugged = () => {
      if (this.wanted && !this.isCamera) this.useCamera();
    };
    navigator.mediaDevices?.addEventListener("devicechange", this.plugged);
  }

  get isCamera() {
    return this.source instanceof Camera;
  }

  /**
   * Another photo moves where there is no camera.
   * @param {ImageBitmap} photo
   */
  take(photo) {
    this.photo = photo;
    if (!this.isCamera) this.become(new MovingPicture(photo, this.fresh), this.reason);
  }

  /** Ask for the camera. Until it answers the moving picture goes on. */
  async useCamera() {
    this.wanted = true;
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      this.usePicture(NOT_SECURE);
      return;
    }
    this.asking += 1;
    const asked = this.asking;
    this.reason = ASKING;
    this.changed();
    try {
      const lost = (/** @type {boolean} */ silent) => this.usePicture(silent ? SILENT : UNPLUGGED);
      const camera = await Camera.open(this.fresh, lost, this.holder);
      if (asked !== this.asking) {
        camera.stop();
        return;
      }
      this.become(camera, "");
    } catch (error) {
      if (asked === this.asking) this.usePicture(reasonOf(error));
    }
  }

  /** The camera is wanted no more. */
  leaveCamera() {
    this.wanted = false;
    this.usePicture(PRESS);
  }

  /** @param {string} reason */
  usePicture(reason) {
    this.asking += 1;
    this.become(this.photo && new MovingPicture(this.photo, this.fresh), reason);
  }

  /**
   * @param {Source | null} source
   * @param {string} reason
   */
  become(source, reason) {
    this.source?.stop();
    this.source = source;
    this.reason = reason;
    this.changed();
  }

  /** Switch everything off. */
  end() {
    this.asking += 1;
    this.wanted = false;
    this.source?.stop();
    this.source = null;
    navigator.mediaDevices?.removeEventListener("devicechange", this.plugged);
  }
}
