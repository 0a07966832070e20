// A store that forgets what was used least recently when it holds too much.

/** @template V */
export class Bounded {
  /**
   * @param {number} limit
   * @param {(value: V) => number} weightOf what a value counts
   */
  constructor(limit, weightOf) {
    this.limit = limit;
    this.weightOf = weightOf;
    /** @type {Map<string, V>} least recently used first */
    this.entries = new Map();
    this.weight = 0;
  }

  /**
   * @param {string} key
   * @returns {V | null}
   */
  recall(key) {
    const value = this.entries.get(key);
    if (value === undefined) return null;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  /**
   * Keep a value, in the place of one of the same key. It stays even if it alone is above the limit.
   * @param {string} key
   * @param {V} value
   */
  keep(key, value) {
    this.forget(key);
    this.entries.set(key, value);
    this.weight += this.weightOf(value);
    for (const oldest of this.entries.keys()) {
      if (this.weight <= this.limit || oldest === key) break;
      this.forget(oldest);
    }
    return value;
  }

  /** @param {string} key */
  forget(key) {
    const value = this.entries.get(key);
    if (value === undefined) return;
    this.entries.delete(key);
    this.weight -= this.weightOf(value);
  }
}
