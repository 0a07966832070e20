// A slider per stage on a log scale. While one is dragged the server is told at most every 120 ms.

const EVERY = 120;
const lists = new WeakMap();

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const written = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

class Factors {
  constructor(parent) {
    this.box = make("div", { class: "factors" });
    parent.append(this.box);
    this.rows = [];
  }

  receive(data, send) {
    this.data = data;
    this.send = send;
    if (this.rows.length !== data.factors.length || this.what !== data.what) this.build();
    // A slider in the hand knows better than the server, which answers to where it was.
    this.rows.forEach((row, k) => row.input === this.held || this.place(row, data.factors[k]));
    this.rows.forEach((row, k) => {
      row.tick.style.left = `${100 * this.share(data.fitted[k])}%`;
      row.tick.title = `best of the grid: ${written(data.fitted[k])}`;
    });
  }

  // The range that the sliders cover: a decade and a half around all fitted factors.
  get ends() {
    const { fitted, factors, low, high } = this.data;
    const all = [...fitted, ...factors];
    return [Math.max(Math.log10(low), Math.log10(Math.min(...fitted)) - 1.5), Math.min(Math.log10(high), Math.log10(Math.max(...all)) + 1.5)];
  }

  share(value) {
    const [from, to] = this.ends;
    return Math.min(1, Math.max(0, (Math.log10(value) - from) / (to - from)));
  }

  build() {
    this.what = this.data.what;
    this.rows = this.data.factors.map((_, k) => {
      const input = make("input", { type: "range", min: "0", max: "1000", step: "1", "aria-label": `${this.what} of stage ${k + 1}` });
      const value = make("output");
      const tick = make("span", { class: "tick" });
      const row = make("label", {}, make("span", { class: "name" }, `${this.what} of stage ${k + 1}`), make("span", { class: "track" }, input, tick), value);
      input.addEventListener("input", () => this.moved(k));
      input.addEventListener("pointerdown", () => (this.held = input));
      for (const end of ["change", "pointerup", "pointercancel"]) input.addEventListener(end, () => ((this.held = null), this.tell(true)));
      return { row, input, value, tick };
    });
    this.box.replaceChildren(...this.rows.map((r) => r.row));
  }

  place(row, factor) {
    const at = String(Math.round(1000 * this.share(factor)));
    if (row.input.value !== at) row.input.value = at;
    row.factor = factor;
    row.value.textContent = written(factor);
    row.input.setAttribute("aria-valuetext", written(factor));
  }

  moved(k) {
    const [from, to] = this.ends;
    const row = this.rows[k];
    row.factor = 10 ** (from + (to - from) * (Number(row.input.value) / 1000));
    row.value.textContent = written(row.factor);
    row.input.setAttribute("aria-valuetext", written(row.factor));
    this.changed = true;
    this.tell(false);
  }

  tell(now) {
    if (!this.changed) return;
    clearTimeout(this.timer);
    const wait = now ? 0 : Math.max(0, EVERY - (performance.now() - (this.told ?? 0)));
    this.timer = setTimeout(() => {
      this.told = performance.now();
      this.changed = false;
      this.send("factors", { setting: this.data.setting, values: this.rows.map((row) => row.factor) });
    }, wait);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  if (!data) return;
  if (!lists.has(parentElement)) lists.set(parentElement, new Factors(parentElement));
  lists.get(parentElement).receive(data, setStateValue);
}
