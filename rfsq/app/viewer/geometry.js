// Where pixels go: zoom steps, fitting, and the arrangement of the pictures. Pure functions, device pixels.

const STEPS = [1, 2, 3, 4, 6, 8, 12, 16];

// The largest whole step at which the picture fits the box; below ×1 the exact ratio.
function fitZoom(boxWidth, boxHeight, width, height) {
  const ratio = Math.min(boxWidth / width, boxHeight / height);
  if (ratio < 1) return ratio;
  return STEPS.filter((step) => step <= ratio).pop();
}

// The next step up (+1) or down (-1); never below the fit or ×1, whichever is smaller.
function nextZoom(zoom, fit, direction) {
  if (direction > 0) return STEPS.find((step) => step > zoom + 1e-6) ?? STEPS.at(-1);
  const lower = STEPS.filter((step) => step < zoom - 1e-6).pop();
  return lower ?? Math.min(fit, 1);
}

// How many columns for `count` pictures: the largest zoom that fits width and height, then fewest rows, then columns.
// A single row is preferred to a little more zoom, as long as its pictures are no stamps (240 CSS pixels): people
// compare what they see at once.
function arrange(count, innerWidth, heightBudget, captionHeight, gap, width, height, ratio) {
  let best = null;
  let row = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const cell = (innerWidth - gap * (columns - 1)) / columns;
    const rows = Math.ceil(count / columns);
    const tall = Math.max(120, heightBudget / rows - captionHeight);
    const candidate = { columns, rows, zoom: fitZoom(cell * ratio, tall * ratio, width, height) };
    if (!best || better(candidate, best)) best = candidate;
    row = candidate;
  }
  const large = row.zoom >= 1 && (row.zoom * width) / ratio >= 240 && row.zoom >= best.zoom / 1.6;
  return large ? row : best;
}

function better(a, b) {
  if (Math.abs(a.zoom - b.zoom) > 0.03 * b.zoom) return a.zoom > b.zoom;
  return a.rows !== b.rows ? a.rows < b.rows : a.columns < b.columns;
}

// The corner of the picture inside a pane, for a centre given as fractions; the picture covers the pane or is centred.
function place(paneWidth, paneHeight, width, height, zoom, centreX, centreY) {
  const along = (pane, size, centre) => {
    const span = size * zoom;
    if (span <= pane) return Math.round((pane - span) / 2);
    return Math.round(Math.min(0, Math.max(pane - span, pane / 2 - centre * span)));
  };
  return { x: along(paneWidth, width, centreX), y: along(paneHeight, height, centreY) };
}
