// The message from Python, numbers as words, and the pictures: pure functions.

const TYPES = { f4: Float32Array, f8: Float64Array, u2: Uint16Array };

function unpackPath(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "RFST") throw new Error("not a message of this page");
  let at = 8 + view.getUint32(4, true);
  const path = JSON.parse(new TextDecoder().decode(bytes.subarray(8, at)));
  path.values = {};
  for (const { name, type, shape } of path.arrays) {
    const size = TYPES[type].BYTES_PER_ELEMENT * shape.reduce((a, b) => a * b, 1);
    path.values[name] = new TYPES[type](bytes.slice(at, at + size).buffer);
    at += size;
  }
  path.files = path.pictures.map((length) => {
    const file = new Blob([bytes.slice(at, at + length)]);
    at += length;
    return file;
  });
  path.stages.forEach((stage, k) => {
    path.values[`residual${k}`] = k ? path.values[`remainder${k - 1}`] : path.values.start;
  });
  return path;
}

// A value (or one of a channel) at a token.
const at = (path, name, state, channel) => path.values[name][(channel * path.grid[0] + state.row) * path.grid[1] + state.column];
const indexAt = (path, k, state) => path.values[`indices${k}`][state.row * path.grid[1] + state.column];

function number(value) {
  const text = Math.abs(value).toFixed(3);
  return (value < 0 && Number(text) !== 0 ? "\u2212" : "\u2007") + text;
}

const plain = (value) => number(value).trim().replace("\u2007", "");
const grouped = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const bitsText = (bits) => (Math.abs(bits - Math.round(bits)) < 1e-6 ? String(Math.round(bits)) : bits.toFixed(2));

function node(tag, attributes = {}, ...children) {
  const svg = ["svg", "line", "circle", "path", "g", "title"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function rms(path, name, state) {
  let sum = 0;
  for (let d = 0; d < path.channels; d += 1) sum += at(path, name, state, d) ** 2;
  return Math.sqrt(sum / path.channels);
}

function largest(values) {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most || 1;
}

// Cool below zero, the page's grey at zero, warm above.
function signedColor(t, dark) {
  const neutral = dark ? [38, 42, 50] : [242, 243, 245];
  const end = t > 0 ? (dark ? [255, 140, 84] : [178, 52, 20]) : dark ? [96, 165, 250] : [20, 82, 160];
  const s = Math.min(1, Math.abs(t)) ** 0.8;
  return neutral.map((value, n) => Math.round(value + s * (end[n] - value)));
}

function drawMap(canvas, path, name, channel, scale, dark) {
  const [rows, columns] = path.grid;
  canvas.width = columns;
  canvas.height = rows;
  const ctx = canvas.getContext("2d");
  const image = ctx.createImageData(columns, rows);
  const values = path.values[name];
  for (let i = 0; i < rows * columns; i += 1) {
    const [r, g, b] = signedColor(values[channel * rows * columns + i] / scale, dark);
    image.data.set([r, g, b, 255], 4 * i);
  }
  ctx.putImageData(image, 0, 0);
}

// A picture or map in a box with the token's square over it. `place(state)` moves the square.
function framed(path, canvas, attributes = {}) {
  const square = node("i", { class: "square" });
  const box = node("span", { class: "framed", ...attributes }, canvas, square);
  box.style.aspectRatio = `${path.grid[1]} / ${path.grid[0]}`;
  box.place = (state) => {
    square.style.left = `${(100 * state.column) / path.grid[1]}%`;
    square.style.top = `${(100 * state.row) / path.grid[0]}%`;
    square.style.width = `${100 / path.grid[1]}%`;
    square.style.height = `${100 / path.grid[0]}%`;
  };
  return box;
}

// The picture on the grid of whole tokens: where the last block is cut by the edge, the rest stays empty.
function drawPicture(canvas, path, bitmap) {
  canvas.width = path.grid[1] * path.factor;
  canvas.height = path.grid[0] * path.factor;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

function drawBlock(canvas, path, bitmap, state) {
  const f = path.factor;
  canvas.width = f;
  canvas.height = f;
  canvas.getContext("2d").drawImage(bitmap, state.column * f, state.row * f, f, f, 0, 0, f, f);
}

// A number line from −reach to reach. ticks: positions; chosen: number of the filled one; arrow: from and to.
function numberLine({ ticks, chosen, value, reach, arrow, ghost, label, valueSymbol, codeSymbol }) {
  const x = (v) => 110 + (100 * Math.max(-reach, Math.min(reach, v))) / reach;
  const svg = node("svg", { viewBox: "0 0 220 30", role: "img", "aria-label": label, class: "line" });
  svg.append(node("line", { x1: 8, x2: 212, y1: 15, y2: 15, class: "axis" }), node("line", { x1: 110, x2: 110, y1: 4, y2: 26, class: "zero" }));
  if (ticks.length > 16) svg.append(node("path", { class: "tick", d: ticks.map((t) => `M${x(t).toFixed(2)} 10V20`).join("") }));
  else ticks.forEach((t, n) => n !== chosen && svg.append(node("line", { x1: x(t), x2: x(t), y1: 7, y2: 23, class: "tick" })));
  if (ghost !== null && ghost !== undefined) {
    const beyond = Math.abs(ghost) > reach; // a triangle at the edge points to where it would be
    const side = Math.sign(ghost);
    svg.append(beyond ? node("path", { class: "ghost", d: `M${110 + side * 109} 15L${110 + side * 101} 9V21Z` }) : node("circle", { cx: x(ghost), cy: 15, r: 5, class: "ghost" }));
    svg.lastChild.append(node("title", {}, `before: ${plain(ghost)}`));
  }
  if (chosen >= 0) svg.append(node("circle", { cx: x(ticks[chosen]), cy: 15, r: 6.5, class: "chosen", "data-symbol": codeSymbol }));
  if (arrow) {
    const [from, to] = [x(arrow[0]), x(arrow[1])];
    const way = Math.sign(to - from);
    const head = Math.min(6, Math.abs(to - from));
    if (way) svg.append(node("path", { class: "arrow", "data-symbol": "remainder", d: `M${from} 15H${to}M${to - way * head} ${15 - head}L${to} 15L${to - way * head} ${15 + head}` }));
  }
  svg.append(node("circle", { cx: x(value), cy: 15, r: 3.6, class: "dot", "data-symbol": valueSymbol }));
  return svg;
}
