// The message from Python, decoded pictures (kept by content, bounded) and the maps computed from them.

let decodedLimit = 64e6; // pixels kept decoded: 256 MB; more only when the pictures on screen need it

function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "RFSV") throw new Error("not a viewer message");
  const length = view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const files = new Map();
  let offset = 8 + length;
  for (const [digest, size] of header.files) {
    files.set(digest, bytes.subarray(offset, offset + size));
    offset += size;
  }
  return { header, files };
}

// Decoded pictures of all viewers on the page, least recently used first. Equal digests mean equal pixels.
const decoded = new Map();
const decoding = new Map();
let decodedPixels = 0;

function recall(key) {
  const entry = decoded.get(key);
  if (entry) {
    decoded.delete(key);
    decoded.set(key, entry);
  }
  return entry ?? null;
}

function keep(key, entry) {
  decoded.set(key, entry);
  decodedPixels += entry.width * entry.height;
  for (const [oldest, old] of decoded) {
    if (decodedPixels <= decodedLimit || oldest === key) break;
    decoded.delete(oldest); // not closed: it may be the one on screen
    decodedPixels -= old.width * old.height;
  }
  return entry;
}

function decode(digest, files) {
  const ready = recall(digest);
  if (ready) return Promise.resolve(ready);
  if (!decoding.has(digest)) {
    const bytes = files.get(digest);
    if (!bytes) return Promise.resolve(null);
    const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
    const job = createImageBitmap(new Blob([bytes]), options)
      .then((image) => keep(digest, { image, width: image.width, height: image.height, pixels: null }))
      .finally(() => decoding.delete(digest));
    decoding.set(digest, job);
  }
  return decoding.get(digest);
}

// Room for all pictures on screen with their maps: below that, drawing would decode them forever.
function makeRoom(pixels) {
  decodedLimit = Math.max(64e6, pixels);
}

function newCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

// RGBA bytes of a decoded picture, read once.
function pixelsOf(entry) {
  if (!entry.pixels) {
    const context = newCanvas(entry.width, entry.height).getContext("2d", { willReadFrequently: true });
    context.drawImage(entry.image, 0, 0);
    entry.pixels = context.getImageData(0, 0, entry.width, entry.height).data;
  }
  return entry.pixels;
}

function mapped(key, entry, fill) {
  const ready = recall(key);
  if (ready) return ready;
  const image = newCanvas(entry.width, entry.height);
  const context = image.getContext("2d");
  const out = context.createImageData(entry.width, entry.height);
  fill(out.data);
  context.putImageData(out, 0, 0);
  return keep(key, { image, width: entry.width, height: entry.height, pixels: null });
}

// A sequential scale from dark to light (stops of matplotlib's magma, CC0), zero dark.
const MAGMA = [
  [0, 0, 4], [28, 16, 68], [79, 18, 123], [129, 37, 129], [181, 54, 122],
  [229, 80, 100], [251, 135, 97], [254, 194, 135], [252, 253, 191],
];

function magma(value) {
  const at = Math.min(1, Math.max(0, value)) * (MAGMA.length - 1);
  const low = Math.min(MAGMA.length - 2, Math.floor(at));
  return MAGMA[low].map((channel, i) => Math.round(channel + (MAGMA[low + 1][i] - channel) * (at - low)));
}

// The colours of a grey error picture, in which 255 is an error of 1, up to `maximum`.
function errorMap(digest, entry, maximum) {
  return mapped(`magma:${digest}:${maximum}`, entry, (out) => {
    const grey = pixelsOf(entry);
    const table = Array.from({ length: 256 }, (_, i) => magma(i / 255 / maximum));
    for (let i = 0; i < grey.length; i += 4) {
      const colour = table[grey[i]];
      out[i] = colour[0];
      out[i + 1] = colour[1];
      out[i + 2] = colour[2];
      out[i + 3] = 255;
    }
  });
}

// What the later picture adds to the earlier one, around mid-grey: warm stays warm, zero is 128.
function addedMap(laterDigest, later, earlierDigest, earlier, gain) {
  return mapped(`added:${laterDigest}:${earlierDigest}:${gain}`, later, (out) => {
    const a = pixelsOf(later);
    const b = pixelsOf(earlier);
    for (let i = 0; i < a.length; i += 4) {
      out[i] = 128 + gain * (a[i] - b[i]); // a clamped array: it saturates by itself
      out[i + 1] = 128 + gain * (a[i + 1] - b[i + 1]);
      out[i + 2] = 128 + gain * (a[i + 2] - b[i + 2]);
      out[i + 3] = 255;
    }
  });
}

// The largest change that only 1 % of all values exceed.
function typicalChange(later, earlier) {
  const a = pixelsOf(later);
  const b = pixelsOf(earlier);
  const counts = new Uint32Array(256);
  for (let i = 0; i < a.length; i += 4) {
    for (let c = i; c < i + 3; c += 1) counts[Math.abs(a[c] - b[c])] += 1;
  }
  let left = (a.length / 4) * 3 * 0.01;
  for (let change = 255; change > 0; change -= 1) {
    left -= counts[change];
    if (left < 0) return change;
  }
  return 0;
}
