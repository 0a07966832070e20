// What the address of the page Talk says: which list of scenes, which scene is shown, and whether it is the speaker's window.

/** @typedef {{ list: string, scene: number, speaker: boolean }} Address list: a packed talk, or "" for the one that ships; scene: 0 for none */

/**
 * @param {string} search
 * @returns {Address}
 */
export function readAddress(search) {
  const params = new URLSearchParams(search);
  const scene = params.get("scene") ?? "";
  return {
    list: params.get("list") ?? "",
    scene: /^[1-9]$/.test(scene) ? Number(scene) : 0,
    speaker: params.get("speaker") === "1",
  };
}

/**
 * @param {Address} address
 * @returns {string} with its "?", or empty
 */
export function writeAddress({ list, scene, speaker }) {
  const params = new URLSearchParams();
  if (list) params.set("list", list);
  if (scene) params.set("scene", String(scene));
  if (speaker) params.set("speaker", "1");
  return params.size ? `?${params}` : "";
}

/**
 * Where the app's pages stand: "/" or "/lab/", of the address of any page.
 * @param {string} pathname
 */
export function baseOf(pathname) {
  return pathname.slice(0, pathname.lastIndexOf("/") + 1);
}
