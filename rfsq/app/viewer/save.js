// Saving pictures as PNG: one in its own pixels, on request with a caption band underneath, black on white.

import { el, newCanvas, penOf } from "../shared/browser/elements.js";
import { labelOf, sizeText } from "./figure.js";
import { frameOf, methodOf, stagesText } from "./message.js";

/** @typedef {import("./message.js").Header} Header */
/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {import("./state.js").State} State */

export const FONT = "system-ui, sans-serif";

/**
 * @param {Picture} picture
 * @param {string} id "original" or a method's name
 * @param {Header} header
 * @param {State} state
 * @param {boolean} band with its caption
 * @param {HTMLElement} root where the link of the download may stand for a moment
 */
export function savePicture(picture, id, header, { stage, view }, band, root) {
  const method = methodOf(header, id);
  const asError = method !== null && view === "error";
  const stages = method ? stagesText(method, stage, header.staged) : "";
  const name = fileName("rfsq", method?.name ?? "original", stages, asError ? "error" : "", band ? "" : "plain");
  if (!band) return download(plain(picture), name, root);
  const frame = method && frameOf(method, stage);
  const { errorMax } = header;
  const texts = [
    [labelOf(header, id), stages].filter(Boolean).join(", "),
    frame?.scores ?? sizeText(header),
    frame?.rate ?? "",
    asError ? `ꟻLIP error, from 0 (dark) to ${errorMax}${errorMax < 1 ? " or more" : ""} (light).` : "",
    header.notice,
  ].filter(Boolean);
  return download(withBand(picture, texts, method?.light ?? "", method?.marker ?? ""), name, root);
}

/** @param {...string} parts */
export function fileName(...parts) {
  const clean = (/** @type {string} */ part) =>
    part
      .toLowerCase()
      .replace(/[^a-z0-9_]+/g, "-")
      .replace(/^-+|-+$/g, "");
  return `${parts.map(clean).filter(Boolean).join("_").slice(0, 120)}.png`;
}

/** @param {Picture} picture */
function plain({ image, width, height }) {
  const canvas = newCanvas(width, height);
  penOf(canvas).drawImage(image, 0, 0);
  return canvas;
}

/**
 * @param {string} text
 * @param {number} width
 * @param {(text: string) => number} measure
 * @returns {string[]} lines no wider than `width`, where words allow it
 */
export function wrapped(text, width, measure) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line ? [...lines, line] : lines;
}

/**
 * The picture above its caption. A narrow picture gets a wider band, so that words fit.
 * @param {Picture} picture
 * @param {string[]} texts the first is the title
 * @param {string} colour of the mark
 * @param {string} glyph the mark; empty for none
 */
function withBand({ image, width, height }, texts, colour, glyph) {
  const outWidth = Math.max(width, 400);
  const size = Math.max(15, Math.round(outWidth / 40));
  const pad = Math.round(size * 0.8);
  const ruler = penOf(newCanvas(1, 1));
  const lines = texts.flatMap((text, index) => {
    const font = `${index === 0 ? "600 " : ""}${size}px ${FONT}`;
    ruler.font = font;
    const measure = (/** @type {string} */ part) => ruler.measureText(part).width;
    const indent = index === 0 && glyph ? Math.ceil(measure(`${glyph} `)) : 0;
    return wrapped(text, outWidth - 2 * pad - indent, measure).map((line) => ({ line, font, indent }));
  });
  const step = Math.round(size * 1.4);
  const canvas = newCanvas(outWidth, height + 2 * pad + lines.length * step);
  const pen = penOf(canvas);
  pen.fillStyle = "#FFFFFF";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, Math.floor((outWidth - width) / 2), 0);
  pen.textBaseline = "top";
  if (glyph) {
    pen.font = lines[0].font;
    pen.fillStyle = colour;
    pen.fillText(glyph, pad, height + pad);
  }
  pen.fillStyle = "#1A1F26";
  lines.forEach(({ line, font, indent }, index) => {
    pen.font = font;
    pen.fillText(line, pad + indent, height + pad + index * step);
  });
  return canvas;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} name
 * @param {HTMLElement} root where the link of the download may stand for a moment
 */
export function download(canvas, name, root) {
  canvas.toBlob((blob) => {
    if (!blob) return;
    const link = el("a", { href: URL.createObjectURL(blob), download: name, hidden: true });
    root.append(link);
    link.dispatchEvent(new MouseEvent("click")); // does not bubble: a popover would close
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}
