// The message from Python, and the drawing of one stage: pure functions of a model, a place and a canvas.

const PHASES = ["enters", "sent", "left"];
const PHASE_NAMES = { enters: "Enters", sent: "Sent to", left: "Left" };
const PLOT_MARGIN = { left: 40, right: 10, top: 10, bottom: 34 };

function unpackRun(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "RFSL") throw new Error("not a message of the Lab");
  const length = view.getUint32(4, true);
  const run = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const floats = 8 + length;
  const count = run.count;
  run.residuals = [new Float32Array(bytes.slice(floats, floats + 8 * count).buffer)];
  run.indices = run.stages.map((_, k) => bytes.subarray(floats + 8 * count + k * count, floats + 8 * count + (k + 1) * count));
  run.stages.forEach((stage, k) => {
    const before = run.residuals[k];
    const after = new Float32Array(2 * count);
    stage.counts = new Uint32Array(stage.codes.length);
    for (let i = 0; i < count; i += 1) {
      const code = stage.codes[run.indices[k][i]];
      stage.counts[run.indices[k][i]] += 1;
      after[2 * i] = before[2 * i] - code[0];
      after[2 * i + 1] = before[2 * i + 1] - code[1];
    }
    stage.used = stage.counts.reduce((sum, c) => sum + (c > 0 ? 1 : 0), 0);
    run.residuals.push(after);
  });
  return run;
}

// Where sample i stands at a phase (0 enters, 1 sent, 2 left; fractions are on the way) of stage k (from 0).
function positionOf(run, k, phase, i) {
  const r = run.residuals[k];
  const code = run.stages[k].codes[run.indices[k][i]];
  const x = r[2 * i];
  const y = r[2 * i + 1];
  if (phase <= 1) return [x + phase * (code[0] - x), y + phase * (code[1] - y)];
  const t = phase - 1;
  return [code[0] + t * (x - 2 * code[0]), code[1] + t * (y - 2 * code[1])];
}

function plotOf(canvas, ratio) {
  const side = Math.min(canvas.width / ratio - PLOT_MARGIN.left - PLOT_MARGIN.right, canvas.height / ratio - PLOT_MARGIN.top - PLOT_MARGIN.bottom);
  return { left: PLOT_MARGIN.left, top: PLOT_MARGIN.top, side };
}

function toScreen(plot, reach, x, y) {
  return [plot.left + ((x + reach) / (2 * reach)) * plot.side, plot.top + ((reach - y) / (2 * reach)) * plot.side];
}

function toPlane(plot, reach, px, py) {
  return [((px - plot.left) / plot.side) * 2 * reach - reach, reach - ((py - plot.top) / plot.side) * 2 * reach];
}

const cellPictures = new WeakMap(); // of VQ stages: nearest code of every point, by reach

// Cells of a codebook without rows and columns: which code is nearest, on a raster.
function nearestCells(stage, reach, size) {
  const known = cellPictures.get(stage);
  if (known && known.reach === reach && known.size === size) return known.cells;
  const cells = new Uint16Array(size * size);
  for (let row = 0; row < size; row += 1) {
    const y = reach - ((row + 0.5) / size) * 2 * reach;
    for (let column = 0; column < size; column += 1) {
      const x = ((column + 0.5) / size) * 2 * reach - reach;
      let best = 0;
      let least = Infinity;
      for (let c = 0; c < stage.codes.length; c += 1) {
        const dx = x - stage.codes[c][0];
        const dy = y - stage.codes[c][1];
        const d = dx * dx + dy * dy;
        if (d < least) { least = d; best = c; }
      }
      cells[row * size + column] = best;
    }
  }
  cellPictures.set(stage, { reach, size, cells });
  return cells;
}

function shade(stage, code, most) {
  return stage.counts[code] ? 0.05 + 0.22 * Math.sqrt(stage.counts[code] / most) : 0;
}

function drawCells(ctx, stage, plot, reach, colors) {
  const most = Math.max(...stage.counts, 1);
  if (!stage.edges) {
    const size = 320;
    const cells = nearestCells(stage, reach, size);
    const layer = new OffscreenCanvas(size, size);
    const pen = layer.getContext("2d");
    const image = pen.createImageData(size, size);
    const [r, g, b] = rgb(colors.text);
    for (let at = 0; at < cells.length; at += 1) {
      const border = (at % size < size - 1 && cells[at] !== cells[at + 1]) || (at + size < cells.length && cells[at] !== cells[at + size]);
      image.data.set([r, g, b, Math.round(255 * (border ? 0.35 : shade(stage, cells[at], most)))], 4 * at);
    }
    pen.putImageData(image, 0, 0);
    ctx.drawImage(layer, plot.left, plot.top, plot.side, plot.side);
    return;
  }
  const clip = (values) => [-reach, ...values.map((v) => Math.min(Math.max(v, -reach), reach)), reach];
  const [xs, ys] = stage.edges.map(clip);
  stage.codes.forEach((code, index) => {
    if (!stage.counts[index]) return;
    const column = stage.edges[0].filter((edge) => edge < code[0]).length;
    const row = stage.edges[1].filter((edge) => edge < code[1]).length;
    const [left, bottom] = toScreen(plot, reach, xs[column], ys[row]);
    const [right, top] = toScreen(plot, reach, xs[column + 1], ys[row + 1]);
    ctx.globalAlpha = shade(stage, index, most);
    ctx.fillStyle = colors.text;
    ctx.fillRect(left, top, right - left, bottom - top);
  });
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colors.grid;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const x of stage.edges[0].filter((v) => Math.abs(v) < reach)) {
    const [px] = toScreen(plot, reach, x, 0);
    ctx.moveTo(px, plot.top);
    ctx.lineTo(px, plot.top + plot.side);
  }
  for (const y of stage.edges[1].filter((v) => Math.abs(v) < reach)) {
    const [, py] = toScreen(plot, reach, 0, y);
    ctx.moveTo(plot.left, py);
    ctx.lineTo(plot.left + plot.side, py);
  }
  ctx.stroke();
}

function drawAxes(ctx, plot, reach, colors) {
  ctx.strokeStyle = colors.grid;
  ctx.fillStyle = colors.soft;
  ctx.lineWidth = 1;
  ctx.strokeRect(plot.left, plot.top, plot.side, plot.side);
  const wish = reach / 3;
  const power = 10 ** Math.floor(Math.log10(wish));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= wish * 0.95);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  ctx.font = `14px ${colors.font}`;
  for (let n = -Math.floor(reach / step); n <= reach / step; n += 1) {
    const text = (n * step).toFixed(digits).replace("-", "\u2212");
    const [px, py] = toScreen(plot, reach, n * step, n * step);
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    ctx.fillText(text, px, plot.top + plot.side + 6);
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.fillText(text, plot.left - 6, py);
  }
}

function drawDots(ctx, run, k, phase, plot, reach, color, radius) {
  ctx.fillStyle = color;
  const { count } = run;
  for (let i = 0; i < count; i += 1) {
    const [x, y] = positionOf(run, k, phase, i);
    if (Math.abs(x) > reach || Math.abs(y) > reach) continue;
    const [px, py] = toScreen(plot, reach, x, y);
    ctx.fillRect(px - radius, py - radius, 2 * radius, 2 * radius);
  }
}

function drawCodes(ctx, stage, plot, reach, colors) {
  const size = stage.codes.length > 64 ? 3 : 5;
  ctx.lineWidth = 1.6;
  for (const [index, code] of stage.codes.entries()) {
    if (Math.abs(code[0]) > reach || Math.abs(code[1]) > reach) continue;
    const [px, py] = toScreen(plot, reach, code[0], code[1]);
    ctx.beginPath();
    ctx.arc(px, py, size, 0, 2 * Math.PI);
    ctx.fillStyle = colors.page;
    ctx.strokeStyle = stage.counts[index] ? colors.text : colors.grid;
    ctx.fill();
    ctx.stroke();
  }
}

// The probe: the trail of its remainders up to here, its way to the code, and itself.
function drawProbe(ctx, run, k, phase, probe, plot, reach, colors) {
  const at = (x, y) => toScreen(plot, reach, x, y);
  const trail = run.residuals.slice(0, k + (phase >= 2 ? 2 : 1)).map((r) => at(r[2 * probe], r[2 * probe + 1]));
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.left, plot.top, plot.side, plot.side);
  ctx.clip();
  ctx.strokeStyle = colors.text;
  ctx.fillStyle = colors.text;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  trail.forEach(([x, y], n) => (n ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.stroke();
  ctx.setLineDash([]);
  for (const [x, y] of trail) {
    ctx.beginPath();
    ctx.arc(x, y, 3.5, 0, 2 * Math.PI);
    ctx.fill();
  }
  const r = run.residuals[k];
  const code = run.stages[k].codes[run.indices[k][probe]];
  const [fromX, fromY] = at(r[2 * probe], r[2 * probe + 1]);
  const [toX, toY] = at(code[0], code[1]);
  if (phase <= 1) {
    ctx.lineWidth = 2.5;
    ctx.beginPath();
    ctx.moveTo(fromX, fromY);
    ctx.lineTo(toX, toY);
    ctx.stroke();
  }
  const [x, y] = at(...positionOf(run, k, phase, probe));
  ctx.beginPath();
  ctx.arc(x, y, 7, 0, 2 * Math.PI);
  ctx.fillStyle = colors.page;
  ctx.lineWidth = 3;
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}

function rgb(color) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data;
}
