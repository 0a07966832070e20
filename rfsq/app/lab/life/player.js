// The clock of the film: which frame is shown, and when the next one follows.

const FRAME_MS = 100;
const LEAP = 5; // frames at once, with as long a rest, for who asks for less motion

export class Player {
  /**
   * @param {() => void} show called when the frame has changed or play has begun or ended
   */
  constructor(show) {
    this.show = show;
    this.frame = 0;
    this.frames = 1;
    this.playing = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  get last() {
    return this.frames - 1;
  }

  /**
   * Show a frame, and play no longer.
   * @param {number} frame
   */
  goTo(frame) {
    this.stop();
    this.frame = Math.min(Math.max(0, frame), this.last);
    this.show();
  }

  /**
   * Play on from here, from the beginning if this is the end.
   * @param {() => void} ended
   */
  play(ended) {
    if (this.frame >= this.last) this.frame = 0;
    this.playing = true;
    this.show();
    const leap = matchMedia("(prefers-reduced-motion: reduce)").matches ? LEAP : 1;
    const next = () => {
      this.frame = Math.min(this.frame + leap, this.last);
      if (this.frame === this.last) this.stop();
      this.show();
      if (this.playing) this.timer = setTimeout(next, leap * FRAME_MS);
      else ended();
    };
    this.timer = setTimeout(next, leap * FRAME_MS);
  }

  stop() {
    this.playing = false;
    clearTimeout(this.timer);
  }
}
