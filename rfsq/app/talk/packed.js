// A talk's text small enough for a link, and back.

const MOST_CODE = 16_384; // characters of a link's value
const MOST_BYTES = 65_536; // that it may become: a small code can be a very long text

/**
 * @param {string} text
 * @returns {Promise<string>} letters, digits, "-" and "_"
 */
export async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/**
 * @param {string} code
 * @returns {Promise<string>}
 * @throws {Error} with one sentence for people
 */
export async function unpacked(code) {
  if (code.length > MOST_CODE || !/^[\w-]*$/.test(code)) throw new Error("The link's list of scenes is not whole.");
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  let size = 0;
  try {
    const bytes = Uint8Array.from(atob(code.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > MOST_BYTES) {
        await reader.cancel();
        break;
      }
      parts.push(part.value);
    }
  } catch {
    throw new Error("The link's list of scenes is not whole.");
  }
  if (size > MOST_BYTES) throw new Error("The link's list of scenes is larger than 64 kB.");
  return new TextDecoder().decode(await new Blob(parts).arrayBuffer());
}
