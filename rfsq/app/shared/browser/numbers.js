// Numbers as people read them.

export const MINUS = "\u2212";
const BLANK = "\u2007"; // as wide as a digit

/**
 * Three decimals, with a sign or its blank in front, so that columns line up.
 * @param {number} value
 */
export function aligned(value) {
  const text = Math.abs(value).toFixed(3);
  return (value < 0 && Number(text) !== 0 ? MINUS : BLANK) + text;
}

/**
 * Three decimals.
 * @param {number} value
 */
export function decimal(value) {
  return aligned(value).replace(BLANK, "");
}

/**
 * A whole number with thin spaces between its thousands.
 * @param {number} value
 */
export function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
