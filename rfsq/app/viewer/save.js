// Saving a picture as PNG: its own pixels, and on request a caption band underneath, black on white.

function wrapped(context, text, width) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && context.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line ? [...lines, line] : lines;
}

// picture: canvas or bitmap; texts: the first is the title. A narrow picture gets a wider band, so that words fit.
function withBand(picture, width, height, texts, colour, markGlyph) {
  const outWidth = Math.max(width, 400);
  const size = Math.max(15, Math.round(outWidth / 40));
  const pad = Math.round(size * 0.8);
  const context = newCanvas(1, 1).getContext("2d");
  const lines = [];
  texts.forEach((text, index) => {
    const font = `${index === 0 ? "600 " : ""}${size}px system-ui, sans-serif`;
    context.font = font;
    const indent = index === 0 && markGlyph ? Math.ceil(context.measureText(`${markGlyph} `).width) : 0;
    wrapped(context, text, outWidth - 2 * pad - indent).forEach((line) => lines.push({ line, font, indent }));
  });
  const step = Math.round(size * 1.4);
  const canvas = newCanvas(outWidth, height + 2 * pad + lines.length * step);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#FFFFFF";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, Math.floor((outWidth - width) / 2), 0);
  pen.textBaseline = "top";
  if (markGlyph) {
    pen.font = lines[0].font;
    pen.fillStyle = colour;
    pen.fillText(markGlyph, pad, height + pad);
  }
  pen.fillStyle = "#1A1F26";
  lines.forEach(({ line, font, indent }, index) => {
    pen.font = font;
    pen.fillText(line, pad + indent, height + pad + index * step);
  });
  return canvas;
}

function plain(picture, width, height) {
  const canvas = newCanvas(width, height);
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas;
}

function fileName(...parts) {
  const clean = (part) => String(part).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return `${parts.map(clean).filter(Boolean).join("_").slice(0, 120)}.png`;
}

function download(canvas, name, root) {
  canvas.toBlob((blob) => {
    if (!blob) return;
    const link = el("a", { href: URL.createObjectURL(blob), download: name, hidden: true });
    root.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}
