// The explorer: which token, stage and channel. The server hears of it when the hand rests.

const REST = 350; // ms
const kept = { state: null, command: null, path: null, before: null }; // survives a remount, not a reload

class Explorer {
  constructor(parent) {
    this.build();
    parent.append(this.root);
    this.themes = new MutationObserver(() => requestAnimationFrame(() => this.themed()));
    this.themes.observe(document.documentElement, { attributes: true });
    this.themes.observe(document.body, { attributes: true });
  }

  destroy() {
    clearTimeout(this.timer);
    this.themes.disconnect();
    this.root.remove();
  }

  build() {
    this.photo = node("canvas", {});
    this.block = node("canvas", { class: "block", role: "img", "aria-label": "The token's 4 × 4 pixels, enlarged" });
    this.where = node("p", { class: "where", "aria-live": "polite" });
    this.hold = node("div", { class: "photo", tabindex: "0", role: "application", "aria-label": "Photo. Click, or use the arrow keys, to choose a token." });
    this.hold.addEventListener("click", (event) => this.pick(event));
    this.hold.addEventListener("keydown", (event) => this.key(event));
    this.latents = node("div", { class: "maps latents" });
    this.bar = node("div", { class: "scale" });
    this.pictures = node("div", { class: "maps pictures" });
    this.bits = node("p", { class: "bits" });
    this.stages = node("div", { class: "stages" });
    this.note = node("p", { class: "old" });
    const title = (text, ...more) => node("h3", {}, text, ...more);
    this.root = node(
      "div", { class: "explorer" },
      node("div", { class: "left" }, this.hold, node("div", { class: "beside" }, this.block, this.where)),
      node("div", { class: "right" }, title("Latent z, a map for each channel"), this.latents, this.bar, title("The picture grows"), this.pictures, this.bits),
      node("div", { class: "below" }, title("Stage by stage"), this.note, this.stages),
    );
    for (const kind of ["pointerover", "focusin"]) this.root.addEventListener(kind, (event) => this.light(event.target.closest("[data-symbol]")));
    for (const kind of ["pointerleave", "focusout"]) this.root.addEventListener(kind, () => this.light(null));
  }

  light(target) {
    const name = target ? target.dataset.symbol : "";
    if (this.root.dataset.lit !== name) this.root.dataset.lit = name;
  }

  async receive(bytes, send) {
    this.send = send;
    const path = unpackPath(bytes);
    const known = kept.path;
    if (known && known.model !== path.model) kept.before = known.photo === path.photo ? known : null;
    if (known && known.photo !== path.photo) kept.before = null;
    kept.path = path;
    if (kept.command !== path.command || !kept.state) {
      kept.state = { ...path.state };
      kept.command = path.command;
    }
    const state = kept.state;
    state.row = Math.min(state.row, path.grid[0] - 1);
    state.column = Math.min(state.column, path.grid[1] - 1);
    state.stage = Math.min(state.stage, path.stages.length);
    state.channel = Math.min(state.channel, path.channels - 1);
    path.bitmaps = known && known.bitmaps && known.photo === path.photo && known.model === path.model ? known.bitmaps : await Promise.all(path.files.map((file) => createImageBitmap(file)));
    if (kept.path !== path) return; // a newer message came meanwhile
    this.path = path;
    this.state = state;
    this.before = kept.before;
    this.themed();
  }

  get dark() {
    const [r, g, b] = (getComputedStyle(this.root).getPropertyValue("--page-color").match(/[0-9a-f]{2}/gi) || ["ff", "ff", "ff"]).map((h) => parseInt(h, 16));
    return 0.3 * r + 0.6 * g + 0.1 * b < 128;
  }

  themed() {
    if (!this.path) return;
    const dark = this.dark;
    for (const [name, [light, night]] of Object.entries(this.path.symbols)) this.root.style.setProperty(`--${name}`, dark ? night : light);
    this.still();
    this.show();
  }

  // What does not depend on the token: photo, maps, pictures.
  still() {
    const { path, dark } = this;
    const scale = largest(path.values.latents);
    drawPicture(this.photo, path, path.bitmaps[0]);
    this.boxes = [framed(path, this.photo)];
    this.hold.replaceChildren(this.boxes[0]);
    this.latents.replaceChildren(...Array.from({ length: path.channels }, (_, c) => {
      const canvas = node("canvas", {});
      drawMap(canvas, path, "latents", c, scale, dark);
      const box = framed(path, canvas);
      this.boxes.push(box);
      const caption = node("figcaption", {}, node("button", { type: "button", onclick: () => this.set({ channel: c }), title: `Write out channel ${c + 1}` }, String(c + 1)), node("span", { class: "n" }, ""));
      return node("figure", { "data-channel": c }, box, caption);
    }));
    const stops = Array.from({ length: 9 }, (_, i) => `rgb(${signedColor(i / 4 - 1, dark).join(" ")})`).join(",");
    const ramp = node("i", {});
    ramp.style.background = `linear-gradient(90deg,${stops})`;
    this.bar.replaceChildren(`\u2212${plain(scale)}`, ramp, plain(scale), node("span", {}, "one scale for all channels, grey is 0"));
    this.blocks = [];
    this.pictures.replaceChildren(...path.bitmaps.slice(1).map((bitmap, k) => {
      const canvas = node("canvas", {});
      drawPicture(canvas, path, bitmap);
      const box = framed(path, canvas);
      this.boxes.push(box);
      const block = node("canvas", { class: "block" });
      this.blocks.push([block, bitmap]);
      const bits = path.stages.slice(0, k).reduce((sum, stage) => sum + stage.bits, 0);
      return node("figure", {}, box, node("figcaption", {}, block, node("span", {}, k ? `stage ${k}` : "no stage", node("small", {}, `${bitsText(bits)} bits`))));
    }));
    const total = path.stages.reduce((sum, stage) => sum + stage.bits, 0);
    const side = path.stages.reduce((sum, stage) => sum + stage.side * path.sideBits, 0);
    this.bits.textContent = `This token costs ${path.stages.map((stage) => bitsText(stage.bits)).join(" + ")}${path.stages.length > 1 ? ` = ${bitsText(total)}` : ""} bits.` +
      (side ? ` The photo costs ${grouped(side)} bits more, once for all its ${grouped(path.grid[0] * path.grid[1])} tokens: mean and std of each channel and stage.` : "");
  }

  show() {
    const { path, state } = this;
    this.boxes.forEach((box) => box.place(state));
    drawBlock(this.block, path, path.bitmaps[0], state);
    this.blocks.forEach(([canvas, bitmap]) => drawBlock(canvas, path, bitmap, state));
    this.where.replaceChildren(node("strong", {}, `Row ${state.row}, column ${state.column}`), ` of ${path.grid[0]} × ${path.grid[1]} tokens. Its 4 × 4 pixels.`);
    [...this.latents.children].forEach((figure, c) => {
      figure.querySelector(".n").textContent = number(at(path, "latents", state, c));
      figure.querySelector("button").setAttribute("aria-pressed", String(c === state.channel));
    });
    const old = this.before;
    const comparable = old && old.channels === path.channels;
    this.note.textContent = !old ? "" : comparable
      ? `Grey dots: the same token in ${old.label}; a grey triangle lies beyond the line. Each model has an encoder of its own, so even z differs.`
      : `${old.label} has ${old.channels} channels instead of ${path.channels}, so its path is not drawn here.`;
    this.stages.replaceChildren(...path.stages.map((_, k) => (k + 1 === state.stage ? this.open(k) : this.folded(k))));
  }

  heading(k, extra) {
    const { path, state } = this;
    const stage = path.stages[k];
    return [node("strong", {}, `Stage ${k + 1}`), node("span", {}, `index ${grouped(indexAt(path, k, state))} of ${grouped(stage.codebook)}`), node("span", {}, `${bitsText(stage.bits)} bits`), ...extra];
  }

  folded(k) {
    const { path, state } = this;
    const adds = node("span", {}, "adds RMS ", node("span", { class: "n", "data-symbol": "step" }, plain(rms(path, `step${k}`, state))));
    const leaves = node("span", {}, "leaves RMS ", node("span", { class: "n", "data-symbol": "remainder" }, plain(rms(path, `remainder${k}`, state))));
    return node("button", { type: "button", class: "fold", "aria-expanded": "false", onclick: () => this.set({ stage: k + 1 }) }, node("i", {}, "▸"), ...this.heading(k, [adds, leaves]));
  }

  open(k) {
    const { path, state } = this;
    const leaves = node("span", {}, "RMS ", plain(rms(path, `residual${k}`, state)), " → ", plain(rms(path, `remainder${k}`, state)));
    return node(
      "section", { class: "open", "aria-label": `Stage ${k + 1}` },
      node("div", { class: "title" }, node("i", {}, "▾"), ...this.heading(k, [leaves])),
      node("div", { class: "parts" }, node("div", {}, node("p", { class: "of" }, `Channel ${state.channel + 1}, written out:`), formulas(path, k, state)), node("div", {}, node("p", { class: "of" }, `Channel ${state.channel + 1} of all tokens:`), mapRow(path, k, state, this.dark))),
      channelTable(path, k, state, this.before, (channel) => this.set({ channel })),
    );
  }

  // ---- moving --------------------------------------------------------------------------------------------------

  set(change) {
    Object.assign(this.state, change);
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("report", { ...this.state, command: kept.command }), REST);
  }

  pick(event) {
    if (!this.path) return;
    const box = this.boxes[0].getBoundingClientRect();
    const [rows, columns] = this.path.grid;
    const clamp = (v, n) => Math.max(0, Math.min(n - 1, Math.floor(v)));
    this.set({ row: clamp((rows * (event.clientY - box.top)) / box.height, rows), column: clamp((columns * (event.clientX - box.left)) / box.width, columns) });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.path) return;
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const [rows, columns] = this.path.grid;
    this.set({ row: Math.max(0, Math.min(rows - 1, this.state.row + move[0])), column: Math.max(0, Math.min(columns - 1, this.state.column + move[1])) });
  }
}

const explorers = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  if (!data) return undefined;
  let explorer = explorers.get(parentElement);
  if (!explorer) {
    explorer = new Explorer(parentElement);
    explorers.set(parentElement, explorer);
  }
  explorer.receive(data, setStateValue);
  return () =>
    setTimeout(() => {
      if (explorer.root.isConnected) return;
      explorer.destroy();
      explorers.delete(parentElement);
    });
}
