// What a guided step says, of the numbers on screen: pure functions of the path and the place.

import { decimal } from "../shared/browser/numbers.js";
import { isWorse, ladderRows, latentOf, leftBeside } from "./ladder_rows.js";

/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./path.js").State} State */
/** @typedef {import("./ladder_rows.js").Row} Row */

/**
 * The sentences of the open step, "" without one.
 * @param {Path} path
 * @param {State} state
 */
export function guideText(path, state) {
  const say = { small, worse, conditioned }[path.step];
  return say ? say(path, state) : "";
}

/**
 * @param {Path} path
 * @param {State} state
 */
function small(path, state) {
  const [row] = ladderRows(path, state, null);
  const channel = `In channel ${state.channel + 1} of this block ${decimal(row.value)} enters stage 1. `;
  const rounded = `The nearest of ${levelsText(row)} is ${decimal(row.step)}, so `;
  const left = row.worse
    ? `${decimal(row.remainder)} is left: here the first rounding already makes it larger. Another channel or block shows a small one.`
    : `${decimal(row.remainder)} is left for stage 2.`;
  const next = path.stages.length > 1 && !row.worse ? " Go on to stage 2: the levels there are the same." : "";
  const [before, after] = row.photo;
  const reverse = !row.worse && row.photoWorse;
  const photo = ` Over the whole photo it is the reverse: RMS ${decimal(before)} enters and ${decimal(after)} is left.`;
  return channel + rounded + left + (reverse ? photo : "") + next;
}

/**
 * @param {Path} path
 * @param {State} state
 */
function worse(path, state) {
  const rows = ladderRows(path, state, null);
  if (rows.length === 1) return "With one stage nothing is rounded again. Choose more stages.";
  const second = rows[1];
  const same = `Stage 2 has the levels of stage 1, ${levelsText(second)}, for ${decimal(second.value)}. `;
  const turn = second.worse
    ? `The nearest one leaves ${decimal(second.remainder)}: rounding made it worse.`
    : `The nearest one leaves ${decimal(second.remainder)}: smaller here, but look at the other channels.`;
  const bad = rows.filter((row) => row.worse).length;
  const photo = rows.map((row) => decimal(row.photo[1])).join(", ");
  const counted = ` ${bad} of ${rows.length} stages make this number larger. Over the whole photo the stages leave RMS ${photo}: try more stages.`;
  return same + turn + counted;
}

/**
 * @param {Path} path
 * @param {State} state
 */
function conditioned(path, state) {
  const rows = ladderRows(path, state, null);
  const levels = rows.map(levelsText).join("; ");
  const begin = `The same latent, ${decimal(latentOf(path, state))}: with ${path.conditioning} the levels are ${levels}. `;
  const lines = leftBeside(path, state);
  const [none, now] = ["none", path.conditioning].map((wanted) => lines.find(({ name }) => name === wanted));
  if (!none || !now) return begin;
  const end = path.stages.length - 1;
  const ends = `It ends ${decimal(Math.abs(now.left[end]))} off, with none ${decimal(Math.abs(none.left[end]))}`;
  const gain = isWorse(none.left[end], now.left[end]) ? "" : ", so for this one number it is no gain";
  const photo = `over the whole photo RMS ${decimal(now.photo[end])} is missing against ${decimal(none.photo[end])}`;
  return `${begin}${ends}${gain}; ${photo}. Try the others: block and latent stay.`;
}

/**
 * The levels of a row: "−1.000 and 1.000", "4 levels from −1.000 to 1.000".
 * @param {Row} row
 */
export function levelsText({ levels }) {
  const [low, high] = [levels[0], levels[levels.length - 1]];
  if (levels.length === 2 && Math.abs(low + high) < 5e-4) return `±${decimal(high)}`;
  if (levels.length === 2) return `${decimal(low)} and ${decimal(high)}`;
  return `${levels.length} levels from ${decimal(low)} to ${decimal(high)}`;
}
