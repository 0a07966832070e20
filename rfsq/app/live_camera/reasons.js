// Why there is no camera, in a sentence.

export const PRESS = "This is a moving picture. Press Camera to use yours: the browser will ask for your permission.";
export const ASKING = "Waiting for the camera, and for your permission. Until then a photo moves.";
export const UNPLUGGED = "The camera was unplugged or switched off; a moving picture took its place.";
export const SILENT = "The camera sends no pictures; a moving picture took its place.";
export const NOT_SECURE =
  "The camera needs localhost or https, and this page came over http: a moving picture takes its place.";

/** @type {Record<string, string>} */
const SENTENCES = {
  NotAllowedError:
    "The browser was not permitted to use the camera: a moving picture takes its place. The permission stands beside the page's address.",
  NotFoundError: "No camera was found: a moving picture takes its place.",
  NotReadableError: "The camera is in use by another program: a moving picture takes its place.",
  OverconstrainedError: "No camera gives pictures that fit here: a moving picture takes its place.",
};

/**
 * @param {unknown} error of getUserMedia, or of playing what it gave
 */
export function reasonOf(error) {
  const name = error instanceof Error ? error.name : "";
  return SENTENCES[name] ?? "The camera could not be started: a moving picture takes its place.";
}
