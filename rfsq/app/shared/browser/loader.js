// Makes modules of the page out of sources that arrived as text. Python puts this in front of them (see modules.py).

/**
 * Import the last of `modules`; each comes after those it imports, which it names "module:lab/plane.js".
 * @param {{ name: string, source: string }[]} modules
 * @returns {Promise<unknown>} its default export
 */
export async function load(modules) {
  /** @type {Map<string, string>} */
  const addresses = new Map();
  let last = "";
  try {
    for (const { name, source } of modules) {
      const linked = source.replace(/"module:([^"\n]+)"/g, (_, target) => `"${addresses.get(target)}"`);
      const text = `${linked}\n//# sourceURL=rfsq/app/${name}`; // its name in the browser's tools
      last = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      addresses.set(name, last);
    }
    const entry = await import(last);
    return entry.default;
  } finally {
    for (const address of addresses.values()) URL.revokeObjectURL(address);
  }
}
