// Rows are methods, columns are stages: the picture so far, and below it what this stage added.

const GAINS = [1, 2, 4, 8, 16, 32];

class Filmstrip {
  constructor(choose, hover) {
    this.choose = choose;
    this.hover = hover;
    this.boost = false;
    this.run = 0;
    this.cells = [];
    this.gainText = el("span", { class: "gain" });
    this.boostBox = el("input", { type: "checkbox", onchange: () => this.setBoost() });
    this.rows = el("div", { class: "film-rows" });
    this.box = el(
      "details",
      { class: "film", ontoggle: () => this.draw() },
      el("summary", {}, "Filmstrip: what each stage adds"),
      el(
        "div",
        { class: "film-head" },
        el("span", {}, "Upper: so far. Lower: added by this stage, around mid-grey. "),
        this.gainText,
        el("label", { title: "Give every frame its own gain and print it" }, this.boostBox, " boost each"),
      ),
      this.rows,
    );
  }

  setBoost() {
    this.boost = this.boostBox.checked;
    this.draw();
  }

  // model: { header, files }; called when pictures or the theme changed.
  update(model, theme) {
    this.model = model;
    this.box.hidden = !model.header.live || !model.header.staged;
    const side = 128;
    const scale = side / Math.max(model.header.width, model.header.height);
    this.cells = [];
    const rows = model.header.methods.map((method) => {
      const frames = method.frames.map((frame, index) => this.cell(method, frame, index, scale));
      const row = el(
        "div",
        { class: "film-row", "data-method": method.name, onpointerenter: () => this.hover(method.name), onpointerleave: () => this.hover("") },
        el("div", { class: "film-name" }, mark(method, theme), el("span", {}, method.label)),
        el("div", { class: "film-frames" }, ...frames),
      );
      return row;
    });
    this.rows.replaceChildren(...rows);
    this.draw();
  }

  cell(method, frame, index, scale) {
    const { width, height } = this.model.header;
    const box = () => {
      const canvas = newCanvas(1, 1);
      canvas.style.aspectRatio = `${width} / ${height}`;
      canvas.style.width = `calc(var(--film) * ${(width * scale) / 128})`;
      return canvas;
    };
    const cell = { method, index, frame, soFar: box(), added: box(), note: el("span", { class: "gain" }) };
    const total = method.frames.length;
    const name = total === 1 ? "1 stage" : `stage ${index + 1}`;
    const title = total === 1 ? `${method.label}, its only stage` : `Show stage ${index + 1} (${method.label})`;
    cell.button = button("", title, () => total > 1 && this.choose(index + 1), { class: "film-cell" });
    cell.button.append(cell.soFar, cell.added, el("span", { class: "film-label" }, name, cell.note));
    this.cells.push(cell);
    return cell.button;
  }

  markStage(k) {
    for (const cell of this.cells) {
      const total = cell.method.frames.length;
      const current = total === 1 || Math.min(k, total) === cell.index + 1;
      cell.button.toggleAttribute("data-current", current && total > 1);
      cell.button.setAttribute("aria-pressed", String(current));
    }
  }

  earlier(cell) {
    return cell.index === 0 ? cell.method.start : cell.method.frames[cell.index - 1].picture;
  }

  async draw() {
    if (!this.box.open || this.box.hidden || !this.model) return;
    const run = (this.run += 1);
    const { files } = this.model;
    for (const cell of this.cells) {
      const later = await decode(cell.frame.picture, files);
      const earlier = await decode(this.earlier(cell), files);
      if (run !== this.run || !later || !earlier) return;
      this.paint(cell.soFar, later, true);
      const key = `change:${cell.frame.picture}:${this.earlier(cell)}`;
      cell.change = Filmstrip.changes.get(key) ?? typicalChange(later, earlier);
      Filmstrip.changes.set(key, cell.change);
      await new Promise((done) => setTimeout(done)); // let input through between frames
      if (run !== this.run) return;
    }
    const gain = this.commonGain();
    setText(this.gainText, this.boost ? "Each frame has its own gain." : `The same gain everywhere: ×${gain}.`);
    for (const cell of this.cells) {
      const later = await decode(cell.frame.picture, files);
      const earlier = await decode(this.earlier(cell), files);
      if (run !== this.run || !later || !earlier) return;
      const own = Math.max(1, Math.min(64, Math.floor(127 / Math.max(1, cell.change))));
      const used = this.boost ? own : gain;
      this.paint(cell.added, addedMap(cell.frame.picture, later, this.earlier(cell), earlier, used), false);
      setText(cell.note, ` ×${used}`);
      await new Promise((done) => setTimeout(done));
      if (run !== this.run) return;
    }
    this.box.dataset.drawn = this.model.header.digest;
  }

  // Set by the strongest second stage: the first stage draws the picture and would hide all that follows.
  commonGain() {
    const later = this.cells.filter((cell) => cell.index === 1);
    const change = Math.max(1, ...(later.length ? later : this.cells).map((cell) => cell.change));
    return GAINS.filter((gain) => gain * change <= 127).pop() ?? 1;
  }

  paint(canvas, entry, smooth) {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = smooth && width < entry.width * 3;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(entry.image, 0, 0, width, height);
  }
}
Filmstrip.changes = new Map();
