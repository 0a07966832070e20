// What Python says of the page, and the server of a frame.

/**
 * @typedef {object} Model
 * @property {string} conditioning
 * @property {string} name
 * @property {string} light
 * @property {string} dark
 * @property {string} marker
 */

/** @typedef {{ label: string, stages: number, models: Model[] }} Mode */

/**
 * @typedef {object} Choice what a person chooses; Python has some more of it
 * @property {string} mode key of `modes`
 * @property {string} conditioning
 * @property {boolean} pair "none" stands beside it
 * @property {number} stages
 * @property {"side" | "divider"} view
 * @property {boolean} mirror
 * @property {"camera" | "picture"} source
 */

/**
 * @typedef {object} Header
 * @property {number} command grows when Python wants what it says to be chosen
 * @property {Choice} chosen
 * @property {Record<string, Mode>} modes
 * @property {string} photo title of the one that moves where there is no camera
 * @property {boolean} large for a talk
 */

/**
 * @typedef {object} Answer of the server, to a frame
 * @property {number} number
 * @property {{ name: string, psnr: number, left: number[], bits: number, bpp: number, sideBytes: number, length: number }[]} models
 * @property {number} ms
 */

/**
 * The models that are shown, the chosen one last.
 * @param {Header} header
 * @param {Choice} choice
 * @returns {Model[]}
 */
export function shownModels({ modes }, { mode, conditioning, pair }) {
  const { models } = modes[mode];
  const chosen = models.find((model) => model.conditioning === conditioning) ?? models[0];
  const none = models.find((model) => model.conditioning === "none");
  return pair && none && none !== chosen ? [none, chosen] : [chosen];
}

/**
 * The choice as far as the models go.
 * @param {Header} header
 * @param {Choice} choice
 * @returns {Choice}
 */
export function within({ modes }, choice) {
  const mode = choice.mode in modes ? choice.mode : Object.keys(modes)[0];
  const { models, stages } = modes[mode];
  const known = models.some((model) => model.conditioning === choice.conditioning);
  return {
    ...choice,
    mode,
    conditioning: known ? choice.conditioning : models[0].conditioning,
    stages: Math.min(choice.stages, stages),
  };
}

/**
 * The files of an answer, in the order of its models.
 * @param {Answer} answer
 * @param {Uint8Array} body
 */
export function filesOf({ models }, body) {
  let at = 0;
  return models.map(({ length }) => {
    if (at + length > body.length) throw new Error("An answer did not arrive whole.");
    at += length;
    return body.subarray(at - length, at);
  });
}
