// How large frames may be so that they keep their rate, and how fast they are. Nothing here knows the page.

export const SIDES = [96, 128, 160, 192, 224, 256, 320, 384, 448, 512]; // pixels
const FIRST = 256;
const FEW = 4; // frames after which a size that is too slow is left
const MANY = 12; // after which a larger one is tried
const ROOM = 0.8; // of the budget, that the frames of a larger size may be expected to take
const PATIENCE = 15_000; // ms after which a size that was too slow is tried again

export class Pace {
  /**
   * @param {number} budget milliseconds that a frame may take, there and back
   * @param {number} most pixels a side that are taken
   */
  constructor(budget, most) {
    this.budget = budget;
    this.most = most;
    this.side = FIRST;
    /** @type {number[]} */
    this.times = []; // of the frames of this size
    this.tooSlow = { side: Number.POSITIVE_INFINITY, until: 0 };
  }

  /**
   * A frame of the present size is back.
   * @param {number} ms that it took
   * @param {number} now
   */
  heard(ms, now) {
    this.times.push(ms);
    if (this.times.length > MANY) this.times.shift();
    const usual = median(this.times);
    if (this.times.length >= FEW && usual > this.budget) {
      this.tooSlow = { side: this.side, until: now + PATIENCE };
      const fitting = SIDES.filter((side) => side < this.side && this.expected(usual, side) <= this.budget);
      this.become(fitting.at(-1) ?? SIDES[0]);
    } else if (this.times.length >= MANY) {
      const next = SIDES.find((side) => side > this.side && side <= this.most);
      const barred = next !== undefined && next >= this.tooSlow.side && now < this.tooSlow.until;
      if (next && !barred && this.expected(usual, next) <= ROOM * this.budget) this.become(next);
    }
  }

  /**
   * What a frame of another size should take, as most of the work is for each pixel.
   * @param {number} usual
   * @param {number} side
   */
  expected(usual, side) {
    return usual * (side / this.side) ** 2;
  }

  /** @param {number} side */
  become(side) {
    if (side === this.side) return;
    this.side = side;
    this.times = [];
  }
}

const WINDOW = 2000; // ms that the read-outs look back

/** Frames per second and delay, over the last two seconds. */
export class Meter {
  constructor() {
    /** @type {{ at: number, delay: number }[]} */
    this.frames = [];
  }

  /**
   * @param {number} delay from the camera to the reconstruction, ms
   * @param {number} now
   */
  add(delay, now) {
    this.frames.push({ at: now, delay });
    while (now - this.frames[0].at > WINDOW) this.frames.shift();
  }

  clear() {
    this.frames = [];
  }

  /** Frames per second; null before there are enough. */
  get rate() {
    const [first, last] = [this.frames[0], this.frames.at(-1)];
    if (!last || this.frames.length < 3) return null;
    return (1000 * (this.frames.length - 1)) / (last.at - first.at);
  }

  /** Milliseconds, the median; null before there are frames. */
  get delay() {
    return this.frames.length ? median(this.frames.map((frame) => frame.delay)) : null;
  }
}

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
