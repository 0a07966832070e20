// The clock of the plane: how far between the phases of a stage the cloud is, when it glides and when all stages play.

const STAGE_MS = 900; // one stage of play: to the codes, and on to what is left
const GLIDE_MS = 320; // one step

export class Motion {
  /** @param {() => void} show draws the plane at `phase` */
  constructor(show) {
    this.show = show;
    this.phase = 0; // as drawn: 0 enters, 1 sent, 2 left; fractions while it moves
    this.playing = false;
    this.frame = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.pause = undefined;
  }

  /** Between two phases. */
  get gliding() {
    return this.frame !== 0;
  }

  /**
   * Glide to a phase.
   * @param {number} from
   * @param {number} to
   * @param {() => void} then
   * @param {number} [ms]
   */
  glide(from, to, then, ms = GLIDE_MS) {
    const began = performance.now();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const step = (/** @type {number} */ now) => {
      const t = still ? 1 : Math.min(1, Math.max(0, now - began) / ms);
      this.phase = from + (to - from) * (t * t * (3 - 2 * t));
      this.frame = t < 1 ? requestAnimationFrame(step) : 0;
      this.show();
      if (t >= 1) then();
    };
    this.frame = requestAnimationFrame(step);
  }

  /**
   * Play one stage from its beginning to its end.
   * @param {(phase: number) => void} reached called when the way to a phase begins
   * @param {() => void} then
   */
  playStage(reached, then) {
    this.playing = true;
    this.phase = 0;
    reached(0);
    this.show();
    this.wait(() => {
      reached(1);
      this.glide(
        0,
        1,
        () =>
          this.wait(() => {
            reached(2);
            this.glide(1, 2, () => this.playing && then(), STAGE_MS / 3);
          }),
        STAGE_MS / 3,
      );
    });
  }

  /** @param {() => void} then */
  wait(then) {
    this.pause = setTimeout(() => this.playing && then(), STAGE_MS / 6);
  }

  stop() {
    this.playing = false;
    clearTimeout(this.pause);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}
