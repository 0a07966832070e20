// What the page says of the frames, in words and numbers.

import { PRESS } from "./reasons.js";

const THIN = "\u202f";

/** @typedef {import("./message.js").Answer["models"][number]} Shown */

/** @param {number} value */
export function decibels(value) {
  return `${value.toFixed(1)}${THIN}dB`;
}

/** @param {number} value */
export function bits(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/**
 * "20 bits/token · 1.251 bpp with 4 B side"
 * @param {Shown} shown
 */
export function price({ bits: count, bpp, sideBytes }) {
  const side = sideBytes ? ` with ${sideBytes}${THIN}B side` : "";
  return `${bits(count)}${THIN}bits/token · ${bpp.toFixed(3)}${THIN}bpp${side}`;
}

/**
 * A share as a percentage of two digits.
 * @param {number} share
 */
export function percent(share) {
  const value = 100 * share;
  return `${value >= 9.95 ? value.toFixed(0) : value.toFixed(1)}${THIN}%`;
}

/**
 * What is seen.
 * @param {string} mode "same network"
 * @param {{ name: string, psnr: number, bits: number }[]} methods one or two
 * @param {number} stages k
 * @param {number} of S
 * @param {string} when "over the last second"
 */
export function claim(mode, methods, stages, of, when) {
  const counted = `${stages} of ${of} stages`;
  const last = methods[methods.length - 1];
  if (methods.length === 1) {
    return `${last.name}, ${mode}, ${counted}, ${bits(last.bits)} bits for each token: ${decibels(last.psnr)}, ${when}.`;
  }
  const [first] = methods;
  const price =
    first.bits === last.bits
      ? `the same ${bits(last.bits)} bits for each token`
      : `${bits(first.bits)} and ${bits(last.bits)} bits for each token`;
  const begin = mode.charAt(0).toUpperCase() + mode.slice(1);
  return `${begin}, ${counted}, ${price}: ${first.name} ${decibels(first.psnr)}, ${last.name} ${decibels(last.psnr)}, ${when}.`;
}

/**
 * What is said beside the picture, and whether something went otherwise than expected.
 * @param {string} problem why nothing moves; empty: it does
 * @param {boolean} shown a picture stands there meanwhile
 * @param {string} reason why it is no camera; empty: it is
 * @param {string} photo what moves in its place
 */
export function note(problem, shown, reason, photo) {
  const unexpected = reason === PRESS ? "" : reason;
  if (problem) {
    const text = [shown ? "The picture stands still." : "", problem, unexpected].filter(Boolean).join(" ");
    return { text, told: true };
  }
  const text = reason && `${reason} It shows “${photo}”, the photo of all pages.`;
  return { text, told: unexpected !== "" };
}

/**
 * The read-outs.
 * @param {{ rate: number | null, delay: number | null, side: number, dropped: number }} now
 */
export function readouts({ rate, delay, side, dropped }) {
  return [
    { what: "frames per second", value: rate === null ? "–" : rate.toFixed(rate < 9.95 ? 1 : 0) },
    { what: "delay", value: delay === null ? "–" : `${Math.round(delay)}${THIN}ms` },
    { what: "picture", value: `${side} × ${side}${THIN}px` },
    { what: "dropped", value: String(dropped) },
  ];
}
