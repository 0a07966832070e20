// The viewer: one state for all pictures (stage, view, zoom, position), drawn on canvases, reported when the hand rests.

const REST_MS = 250;
const GAP = 10; // CSS pixels between pictures, as in viewer.css
const VIEW_NAMES = { grid: "Grid", divider: "Divider", flip: "Flip", error: "Error map" };
const STAGE_HINT = "How many times the remainder is rounded again. Each stage codes what the one before left over.";
const memory = new Map(); // the state of a viewer by its key: survives a remount, not a reload
const timings = (window.__rfsqViewerTimings ??= { drawn: [], presented: [], decode: [], payloadBytes: 0 });

function record(list, value) {
  list.push(value);
  if (list.length > 500) list.shift();
}

class Viewer {
  constructor(parent, key) {
    this.host = parent.host ?? parent;
    this.model = null;
    this.figures = [];
    this.lastShown = new Map();
    this.cursor = null;
    this.held = false;
    this.dragging = false;
    this.theme = "light";
    this.state = memory.get(key) ?? null;
    this.build();
    this.root.dataset.key = key;
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
    this.onFullscreen = () => this.resized();
    document.addEventListener("fullscreenchange", this.onFullscreen);
  }

  destroy() {
    this.observer.disconnect();
    document.removeEventListener("fullscreenchange", this.onFullscreen);
    clearTimeout(this.timer);
    this.root.remove();
  }

  // ---- the page ------------------------------------------------------------------------------------------------

  build() {
    this.viewButtons = Object.entries(VIEW_NAMES).map(([view, name]) => {
      const keys = { divider: " (D)", error: " (E)", grid: " (0)" }[view] ?? "";
      return button(name, `View: ${name}${keys}`, () => this.setView(view), { "data-view": view });
    });
    this.stageText = el("output", { class: "stage-text" });
    this.slider = el("input", { type: "range", class: "stage-slider", min: "1", step: "1", "aria-label": "Stages", title: "Stages (← →)" });
    this.slider.addEventListener("input", () => this.setStage(Number(this.slider.value)));
    this.slider.addEventListener("pointerdown", () => (this.dragging = true));
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      this.slider.addEventListener(end, () => {
        if (!this.dragging) return;
        this.dragging = false;
        this.rest(0);
      });
    }
    this.ticks = el("div", { class: "ticks", role: "group", "aria-label": "Stages" });
    this.stageHint = el("p", { class: "hint" }, STAGE_HINT);
    this.stageLess = button("‹", "One stage less (←)", () => this.setStage(this.state.stage - 1));
    this.stageMore = button("›", "One stage more (→)", () => this.setStage(this.state.stage + 1));
    this.stageLine = el("div", { class: "stage-line" }, this.stageLess, el("div", { class: "stage-track" }, this.slider, this.ticks), this.stageMore);
    this.stageBox = el("div", { class: "stage" }, el("div", { class: "stage-head" }, this.stageText), this.stageLine, this.stageHint);

    this.zoomText = el("output", { class: "zoom-text", "aria-label": "Zoom" });
    this.sharpButton = button("", "Sharp pixels or smooth (P)", () => this.toggleSharp());
    this.holdButton = button("Hold O", "Hold to see the original everywhere (O)", () => {});
    this.holdButton.addEventListener("pointerdown", () => this.hold(true));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) this.holdButton.addEventListener(end, () => this.hold(false));
    this.holdButton.addEventListener("contextmenu", (event) => event.preventDefault());
    this.holdButton.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && this.hold(true));
    this.holdButton.addEventListener("keyup", () => this.hold(false));
    this.fullButton = button("Full", "Full screen (F)", () => this.toggleFull(), { hidden: !document.fullscreenEnabled });
    this.keyPanel = keyList(() => this.toggleKeys());
    this.keyButton = button("?", "List of keys (?)", () => this.toggleKeys(), { "aria-expanded": "false" });
    this.tools = el(
      "div",
      { class: "tools" },
      el(
        "div",
        { class: "zoom", role: "group", "aria-label": "Zoom" },
        button("−", "Zoom out (−)", () => this.step(-1)),
        this.zoomText,
        button("+", "Zoom in (+)", () => this.step(1)),
        button("Reset", "Zoom and position back to the start (Esc)", () => this.reset()),
      ),
      this.sharpButton,
      this.holdButton,
      this.fullButton,
      this.keyButton,
    );
    this.views = el("div", { class: "views", role: "group", "aria-label": "View" }, ...this.viewButtons);
    this.notice = el("p", { class: "notice", role: "note", hidden: true });
    this.picks = el("div", { class: "picks", role: "group", "aria-label": "Picture" });
    this.row = el("div", { class: "row" });
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.scale = el("canvas", { class: "scale-bar", width: "256", height: "1", role: "img" });
    this.scaleEnd = el("span", {});
    this.colourBar = el("div", { class: "colour-bar", hidden: true }, el("span", {}, "ꟻLIP error 0"), this.scale, this.scaleEnd);
    this.readout = el("div", { class: "readout", "aria-hidden": "true" });
    this.film = new Filmstrip((k) => this.setStage(k, true), (name) => this.highlight(name));
    this.live = el("p", { class: "live", "aria-live": "polite" });
    this.root = el(
      "div",
      { class: "viewer", tabindex: "0", role: "group", "aria-label": "Picture viewer. Press ? for the list of keys." },
      el("div", { class: "bar" }, this.views, this.tools),
      this.stageBox,
      el("div", { class: "stand" }, this.notice, this.picks, this.problem, this.row, this.colourBar),
      this.readout,
      this.film.box,
      this.keyPanel,
      this.live,
    );
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("keyup", (event) => event.key.toLowerCase() === "o" && this.hold(false));
    this.root.addEventListener("focusout", (event) => this.root.contains(event.relatedTarget) || this.hold(false));
  }

  // ---- messages from Python and back ---------------------------------------------------------------------------

  async receive(bytes, send) {
    this.send = send;
    this.readTheme();
    const message = unpack(bytes);
    const { header, files } = message;
    timings.payloadBytes = bytes.length;
    if (this.model?.header.digest === header.digest && this.wanted === header.digest) return this.refresh();
    this.wanted = header.digest;
    const began = performance.now();
    const k = this.state && header.command <= this.state.command ? this.state.stage : header.stage;
    const first = [header.original];
    const rest = [];
    for (const method of header.methods) {
      method.frames.forEach((frame, index) => {
        const now = index + 1 === Math.min(k, method.frames.length);
        (now ? first : rest).push(frame.picture);
        ((this.state?.view ?? header.view) === "error" && now ? first : rest).push(frame.error);
      });
    }
    try {
      await Promise.all(first.filter(Boolean).map((digest) => decode(digest, files)));
    } catch (error) {
      return this.complain("This browser cannot show one of the pictures. A current version of it will.", error);
    }
    if (this.wanted !== header.digest) return undefined; // a newer message overtook this one
    record(timings.decode, performance.now() - began);
    this.adopt(message);
    for (const digest of rest.filter(Boolean)) {
      if (this.wanted !== header.digest) return undefined;
      await decode(digest, files).catch((error) => this.complain("One picture did not arrive whole.", error));
    }
    this.draw();
    return undefined;
  }

  complain(sentence, error) {
    console.error(error);
    setText(this.problem, sentence);
    this.problem.hidden = false;
  }

  // Take over the message's pictures, and its stage and view when it carries a newer command.
  adopt(message) {
    const { header } = message;
    if (!this.model) this.film.box.open = this.root.clientWidth >= 900;
    this.model = message;
    makeRoom(header.width * header.height * (1 + 3 * header.methods.length));
    this.problem.hidden = true;
    if (!this.state) {
      this.state = {
        command: header.command, stage: header.stage, view: header.view, focus: "all", imageKey: header.imageKey,
        zoom: 0, cx: 0.5, cy: 0.5, sharp: null, fraction: 0.5, left: "original", right: header.methods.at(-1).name,
      };
      memory.set(header.key, this.state);
      this.narrow = this.root.clientWidth < 600;
      // The first view of a phone is one picture; Python hears of it once the person chooses something.
      if (this.narrow && header.view === "grid") this.state.chosenForPhone = true;
      if (this.state.chosenForPhone) this.state.view = "flip";
      this.lastReport = JSON.stringify(this.settled());
    } else if (header.command > this.state.command) {
      this.state.command = header.command;
      if (!this.dragging && !this.timer) {
        this.state.stage = header.stage;
        if (header.view !== this.settled().view) this.applyView(header.view);
        this.lastReport = JSON.stringify(this.settled());
      }
    }
    const s = this.state;
    const names = header.methods.map((method) => method.name);
    if (s.imageKey !== header.imageKey) {
      Object.assign(s, { imageKey: header.imageKey, zoom: 0, cx: 0.5, cy: 0.5 });
      this.cursor = null;
      this.lastShown.clear();
    }
    s.stage = Math.min(Math.max(1, s.stage), header.stages);
    if (!["all", "original", ...names].includes(s.focus)) s.focus = "all";
    if (s.left !== "original" && !names.includes(s.left)) s.left = "original";
    if (s.right !== "original" && !names.includes(s.right)) s.right = names.at(-1);
    if (JSON.stringify(this.settled()) !== this.lastReport) this.rest(0);
    this.buildStage();
    this.buildPicks();
    this.buildReadout();
    this.film.update(message, this.theme);
    this.figureSignature = "";
    this.refresh();
  }

  settled() {
    const { stage, view, focus, command, chosenForPhone } = this.state;
    return chosenForPhone ? { stage, view: "grid", focus: "all", command } : { stage, view, focus, command };
  }

  // Tell Python once nothing has changed for `wait` ms.
  rest(wait = REST_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      if (this.dragging && wait === 0) return;
      this.announce();
      const report = this.settled();
      if (JSON.stringify(report) === this.lastReport) return;
      this.lastReport = JSON.stringify(report);
      this.send("report", report);
    }, wait);
  }

  announce() {
    const scores = this.model.header.methods.map((method) => `${method.label}: ${this.frame(method).scores}`);
    setText(this.live, `${this.stageText.textContent}. ${scores.join("; ")}`);
  }

  // ---- what is chosen ------------------------------------------------------------------------------------------

  method(id) {
    return this.model.header.methods.find((method) => method.name === id) ?? null;
  }

  frame(method, k = this.state.stage) {
    return method.frames[Math.min(k, method.frames.length) - 1];
  }

  setStage(value, atOnce = false) {
    if (!this.model) return;
    const began = performance.now();
    const k = Math.min(Math.max(1, value), this.model.header.stages);
    if (k === this.state.stage) return;
    this.state.stage = k;
    this.draw(began);
    this.rest(atOnce || !this.model.header.live ? 0 : REST_MS);
  }

  applyView(view) {
    const s = this.state;
    delete s.chosenForPhone;
    s.view = view;
    if (view === "grid") s.focus = "all";
    if (view === "flip" && s.focus === "all") s.focus = this.model.header.methods[0].name;
    if (view === "error" && s.focus === "original") s.focus = "all";
  }

  setView(view) {
    if (!this.model) return;
    this.applyView(view);
    this.refresh();
    this.rest();
  }

  // One picture ("original" or a method's name), or "all".
  setFocus(id) {
    if (!this.model) return;
    const s = this.state;
    delete s.chosenForPhone;
    if (s.view === "divider" && id !== "all") s.right = id;
    else if (id === "all") {
      s.focus = "all";
      if (s.view !== "error") s.view = "grid";
    } else {
      s.focus = id;
      if (s.view !== "error" || id === "original") s.view = "flip";
    }
    this.refresh();
    this.rest();
  }

  hold(on) {
    if (this.held === on) return;
    this.held = on;
    this.root.toggleAttribute("data-held", on);
    this.holdButton.setAttribute("aria-pressed", String(on));
    this.draw();
  }

  toggleSharp() {
    if (!this.model) return;
    this.state.sharp = !this.isSharp();
    this.draw();
  }

  toggleKeys() {
    this.keyPanel.hidden = !this.keyPanel.hidden;
    this.keyButton.setAttribute("aria-expanded", String(!this.keyPanel.hidden));
    if (!this.keyPanel.hidden) this.keyPanel.scrollIntoView({ block: "nearest" });
  }

  isFull() {
    return this.root.getRootNode().fullscreenElement === this.root;
  }

  toggleFull() {
    if (!document.fullscreenEnabled) return;
    const change = this.isFull() ? document.exitFullscreen() : this.root.requestFullscreen();
    change.catch((error) => this.complain("The browser did not allow full screen here.", error));
  }

  highlight(name) {
    for (const node of this.root.querySelectorAll("[data-method]")) node.toggleAttribute("data-hot", node.dataset.method === name && name !== "");
  }

  key(event) {
    if (!this.model || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    const range = target.tagName === "INPUT" && target.type === "range";
    const typing = target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
    if (typing || (target.tagName === "INPUT" && !range && target.type !== "checkbox")) return;
    if (range && /^(Arrow|Page|Home|End)/.test(event.key)) return event.stopPropagation(); // the slider's own keys
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const digit = /^[1-4]$/.test(key) ? this.model.header.methods[Number(key) - 1] : null;
    const actions = {
      ArrowLeft: () => this.setStage(this.state.stage - 1),
      ArrowRight: () => this.setStage(this.state.stage + 1),
      0: () => this.setFocus("all"),
      o: () => this.hold(true),
      d: () => this.setView(this.state.view === "divider" ? "grid" : "divider"),
      e: () => this.setView(this.state.view === "error" ? "grid" : "error"),
      p: () => this.toggleSharp(),
      "+": () => this.step(1),
      "=": () => this.step(1),
      "-": () => this.step(-1),
      "−": () => this.step(-1),
      Escape: () => (this.keyPanel.hidden ? this.reset() : this.toggleKeys()),
      f: () => this.toggleFull(),
      "?": () => this.toggleKeys(),
    };
    const action = digit ? () => this.setFocus(digit.name) : Object.hasOwn(actions, key) ? actions[key] : null;
    if (!action) return undefined;
    event.preventDefault();
    event.stopPropagation();
    return action();
  }

  // ---- zoom and position ---------------------------------------------------------------------------------------

  zoomOf(figure) {
    return this.state.zoom || figure.fit;
  }

  isSharp(figure = this.figures[0]) {
    return this.state.sharp ?? (figure ? this.zoomOf(figure) >= 3 : true);
  }

  // Zoom to `zoom`, keeping the picture's point under (x, y), device pixels in the pane, where it is.
  zoomTo(zoom, figure, x = figure.canvas.width / 2, y = figure.canvas.height / 2) {
    const { width, height } = this.model.header;
    const s = this.state;
    const before = this.zoomOf(figure);
    const corner = place(figure.canvas.width, figure.canvas.height, width, height, before, s.cx, s.cy);
    const px = (x - corner.x) / before;
    const py = (y - corner.y) / before;
    this.state.zoom = Math.abs(zoom - figure.fit) < 1e-6 ? 0 : zoom;
    this.centre(figure, figure.canvas.width / 2 - (x - px * zoom), figure.canvas.height / 2 - (y - py * zoom));
    this.draw();
  }

  // Put the picture's point (x, y), in zoomed pixels from its corner, into the middle of the pane, within its edges.
  centre(figure, x, y) {
    const { width, height } = this.model.header;
    const zoom = this.zoomOf(figure);
    const inside = (at, span, pane) => (span <= pane ? 0.5 : Math.min(span - pane / 2, Math.max(pane / 2, at)) / span);
    this.state.cx = inside(x, width * zoom, figure.canvas.width);
    this.state.cy = inside(y, height * zoom, figure.canvas.height);
  }

  pan(figure, dx, dy) {
    const { width, height } = this.model.header;
    const zoom = this.zoomOf(figure);
    this.centre(figure, this.state.cx * width * zoom - dx, this.state.cy * height * zoom - dy);
    this.draw();
  }

  step(direction, figure = this.figures[0], x = undefined, y = undefined) {
    if (!this.model || !figure) return;
    this.zoomTo(nextZoom(this.zoomOf(figure), figure.fit, direction), figure, x, y);
  }

  reset() {
    if (!this.model) return;
    Object.assign(this.state, { zoom: 0, cx: 0.5, cy: 0.5, sharp: null, fraction: 0.5 });
    this.draw();
  }

  // ---- parts that follow the message ---------------------------------------------------------------------------

  buildStage() {
    const { stages, live, staged } = this.model.header;
    this.stageBox.hidden = !staged;
    this.slider.max = String(stages);
    this.slider.hidden = !live;
    this.stageLine.hidden = stages === 1;
    this.stageHint.hidden = stages === 1;
    setText(this.stageHint, live ? STAGE_HINT : `${STAGE_HINT} This picture is too large to hold all stages here: each one is fetched.`);
    const numbers = Array.from({ length: stages }, (_, i) => button(String(i + 1), `Stage ${i + 1}`, () => this.setStage(i + 1, true)));
    this.ticks.replaceChildren(...numbers);
  }

  buildPicks() {
    const { methods } = this.model.header;
    const pick = (id, label, key, glyph) => {
      const node = button("", `${label} (${key})`, () => this.setFocus(id), { "data-pick": id, "data-method": id });
      node.append(el("kbd", { "aria-hidden": "true" }, key), ...(glyph ? [glyph] : []), el("span", {}, label));
      node.addEventListener("pointerenter", () => this.highlight(id));
      node.addEventListener("pointerleave", () => this.highlight(""));
      return node;
    };
    const chooser = (side, name) => {
      const options = [["original", "Original"], ...methods.map((method) => [method.name, method.label])];
      const select = el("select", { "data-side": side, title: name, "aria-label": name }, ...options.map(([id, label]) => el("option", { value: id }, label)));
      select.addEventListener("change", () => {
        this.state[side] = select.value;
        this.draw();
      });
      return el("label", { class: "side" }, el("span", { "data-side-name": side }, name), select);
    };
    this.pickButtons = [
      pick("all", "All", "0", null),
      pick("original", "Original", "O", null),
      ...methods.map((method, i) => pick(method.name, method.label, String(i + 1), mark(method, this.theme))),
    ];
    this.sides = el("div", { class: "sides" }, chooser("left", "Left"), button("⇄", "Swap the two pictures", () => this.swap()), chooser("right", "Right"));
    this.picks.replaceChildren(...this.pickButtons, this.sides);
  }

  swap() {
    const s = this.state;
    [s.left, s.right] = [s.right, s.left];
    this.draw();
  }

  buildReadout() {
    const cell = (id, name) => el("div", { class: "pixel", "data-pixel": id }, name, el("span", { class: "value" }));
    this.readout.replaceChildren(
      cell("original", el("span", {}, "Original")),
      ...this.model.header.methods.map((method) => cell(method.name, el("span", {}, mark(method, this.theme), method.label))),
    );
  }

  // ---- figures -------------------------------------------------------------------------------------------------

  shownIds() {
    const { view, focus } = this.state;
    const names = this.model.header.methods.map((method) => method.name);
    if (view === "divider") return ["divider"];
    if (view === "flip") return [focus === "all" ? names[0] : focus];
    if (view === "error" && names.includes(focus)) return [focus];
    return ["original", ...names];
  }

  readTheme() {
    const probe = newCanvas(1, 1).getContext("2d");
    probe.fillStyle = getComputedStyle(this.host).getPropertyValue("--st-background-color").trim() || "#ffffff";
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
    const theme = 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
    if (theme === this.theme && this.root.dataset.theme) return;
    this.theme = theme;
    this.root.dataset.theme = theme;
    if (!this.model) return;
    this.figureSignature = "";
    this.buildPicks();
    this.buildReadout();
    this.film.update(this.model, theme);
  }

  resized() {
    const width = this.root.clientWidth;
    const size = `${width}:${window.innerHeight}:${window.devicePixelRatio}:${this.isFull()}`;
    if (!this.model || width === 0 || size === this.size) return;
    this.size = size;
    this.refresh();
    this.film.draw();
  }

  refresh() {
    if (!this.model) return;
    this.narrow = this.root.clientWidth < 600;
    this.root.toggleAttribute("data-narrow", this.narrow);
    this.root.dataset.view = this.state.view;
    const ids = this.shownIds();
    const single = this.state.view === "flip";
    const signature = [this.state.view, single ? "one" : ids.join(), this.theme, this.narrow, this.model.header.digest].join("|");
    if (signature !== this.figureSignature) {
      this.figureSignature = signature;
      this.figures = ids.map((id) => this.figure(id));
      this.row.replaceChildren(...this.figures.map((figure) => figure.node));
    }
    this.figures.forEach((figure, index) => (figure.id = ids[index]));
    this.fit();
    this.draw();
  }

  figure(id) {
    const canvas = el("canvas", { role: "img" });
    const badge = el("span", { class: "badge", hidden: true }, "computing…");
    const pane = el("div", { class: "pane" }, canvas, badge);
    const captions = (id === "divider" ? ["left", "right"] : [null]).map((side) => this.caption(side));
    const node = el("figure", { "data-figure": id }, pane, ...captions.map((caption) => caption.node));
    const figure = { id, node, pane, canvas, badge, captions, fit: 1 };
    node.addEventListener("pointerenter", () => this.highlight(figure.id));
    node.addEventListener("pointerleave", () => this.highlight(""));
    if (id === "divider") this.addDivider(figure);
    this.listen(figure);
    return figure;
  }

  caption(side) {
    const caption = { side, name: el("span", { class: "name" }), stages: el("span", { class: "stages" }), scores: el("div", { class: "scores" }), rate: el("div", { class: "rate" }) };
    const id = () => (side ? this.state[side] : this.figures.find((figure) => figure.captions.includes(caption))?.id);
    caption.node = el(
      "figcaption",
      {},
      el("div", { class: "title" }, caption.name, caption.stages),
      caption.scores,
      caption.rate,
      el(
        "div",
        { class: "savers" },
        button("Save PNG", "Save this picture as PNG, with its caption underneath", () => this.save(id(), true), { "data-save": "caption" }),
        button("Plain", "Save this picture as PNG, nothing added", () => this.save(id(), false), { "data-save": "plain" }),
      ),
    );
    return caption;
  }

  addDivider(figure) {
    const vertical = this.narrow; // the line lies across on a phone: top and bottom
    const input = el("input", {
      type: "range", min: "0", max: "1000", class: vertical ? "divide down" : "divide",
      "aria-label": "Position of the divider", title: "Drag to move the divider",
    });
    input.addEventListener("input", () => {
      this.state.fraction = Number(input.value) / 1000;
      this.draw();
    });
    figure.input = input;
    figure.line = el("span", { class: vertical ? "line down" : "line" });
    figure.names = { left: el("span", { class: "side-name first" }), right: el("span", { class: vertical ? "side-name last down" : "side-name last" }) };
    figure.pane.append(figure.line, figure.names.left, figure.names.right, input);
  }

  // Sizes: every pane shows the whole picture at the same whole step of device pixels.
  fit() {
    const ratio = window.devicePixelRatio || 1;
    const { width, height, maxHeight } = this.model.header;
    const inner = this.row.clientWidth || this.root.clientWidth;
    const count = this.figures.length;
    const captions = this.narrow ? 120 : 128;
    const window_ = this.isFull() ? window.innerHeight - 190 : window.innerHeight;
    let columns = 1;
    let fit;
    if (count > 1) {
      const budget = maxHeight || window_ * 1.15;
      const layout = arrange(count, inner, budget, captions, GAP, width, height, ratio);
      ({ columns } = layout);
      fit = layout.zoom;
    } else {
      const budget = maxHeight || Math.max(200, window_ * (this.narrow ? 0.6 : 0.86) - (this.isFull() ? 60 : 0));
      fit = fitZoom(inner * ratio, budget * ratio, width, height);
    }
    const shown = Math.floor(width * fit + 1e-6) / ratio;
    const cell = Math.min((inner - GAP * (columns - 1)) / columns, Math.max(shown, 250)); // a caption needs 250
    const gap = columns > 1 ? Math.min(40, (inner - columns * cell) / (columns - 1)) : 0;
    this.row.style.gridTemplateColumns = count > 1 ? `repeat(${columns}, ${cell}px)` : "minmax(0, 1fr)";
    this.row.style.columnGap = `${gap}px`;
    for (const figure of this.figures) {
      figure.fit = fit;
      figure.canvas.width = Math.max(1, Math.floor(width * fit + 1e-6));
      figure.canvas.height = Math.max(1, Math.floor(height * fit + 1e-6));
      figure.pane.style.width = `${figure.canvas.width / ratio}px`;
      figure.pane.style.height = `${figure.canvas.height / ratio}px`;
      figure.node.style.setProperty("--shown", `${figure.canvas.width / ratio}px`);
    }
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  // The decoded picture of `id` now: {entry, waiting}; the last one shown stands in while it is not there.
  picture(id) {
    const { header } = this.model;
    const method = this.held ? null : this.method(id);
    let entry = null;
    let waiting = false;
    if (!method) entry = recall(header.original);
    else {
      const frame = this.frame(method);
      const asError = this.state.view === "error";
      const slot = `${id}:${asError ? "error" : "picture"}`;
      const digest = asError ? frame.error : frame.picture;
      const ready = digest && recall(digest);
      if (ready) {
        entry = asError ? errorMap(digest, ready, header.errorMax) : ready;
        this.lastShown.set(slot, entry);
      } else {
        waiting = asError || !digest;
        entry = this.lastShown.get(slot) ?? (frame.picture && recall(frame.picture)) ?? this.lastShown.get(`${id}:picture`) ?? null;
        if (digest && this.model.files.has(digest)) {
          decode(digest, this.model.files).then(() => this.draw(), (error) => this.complain("One picture did not arrive whole.", error));
        }
      }
      if (entry && entry.width !== header.width) entry = null;
    }
    return { entry, waiting };
  }

  // Coalesced: many calls before the next frame draw once. `began` marks when the hand moved.
  draw(began = 0) {
    if (!this.model) return;
    this.began ||= began;
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      if (!this.model || !this.root.isConnected) return;
      const start = this.began;
      this.began = 0;
      for (const figure of this.figures) this.drawFigure(figure);
      this.write();
      if (!start) return;
      record(timings.drawn, performance.now() - start);
      requestAnimationFrame(() => record(timings.presented, performance.now() - start));
    });
  }

  drawFigure(figure) {
    const { canvas } = figure;
    const { width, height } = this.model.header;
    const pen = canvas.getContext("2d");
    const zoom = this.zoomOf(figure);
    const at = place(canvas.width, canvas.height, width, height, zoom, this.state.cx, this.state.cy);
    const isMap = this.state.view === "error" && this.method(figure.id) && !this.held;
    pen.imageSmoothingEnabled = !(this.isSharp(figure) || (isMap && zoom >= 1));
    pen.imageSmoothingQuality = "high";
    const paint = (id) => {
      const { entry, waiting } = this.picture(id);
      figure.badge.hidden = !waiting;
      pen.globalAlpha = waiting ? 0.6 : 1;
      if (entry) pen.drawImage(entry.image, at.x, at.y, width * zoom, height * zoom);
      pen.globalAlpha = 1;
    };
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (figure.id === "divider") this.paintDivider(figure, pen, paint);
    else paint(figure.id);
    canvas.classList.toggle("movable", width * zoom > canvas.width || height * zoom > canvas.height);
    if (this.cursor) this.paintCross(pen, at, zoom, canvas);
  }

  paintDivider(figure, pen, paint) {
    const { canvas } = figure;
    const { fraction } = this.state;
    const down = figure.line.classList.contains("down");
    const cut = Math.round((down ? canvas.height : canvas.width) * fraction);
    pen.save();
    pen.beginPath();
    pen.rect(0, 0, down ? canvas.width : cut, down ? cut : canvas.height);
    pen.clip();
    paint(this.state.left);
    pen.restore();
    pen.save();
    pen.beginPath();
    pen.rect(down ? 0 : cut, down ? cut : 0, canvas.width, canvas.height);
    pen.clip();
    paint(this.state.right);
    pen.restore();
    figure.line.style[down ? "top" : "left"] = `${fraction * 100}%`;
    const value = String(Math.round(fraction * 1000));
    if (figure.input.value !== value) figure.input.value = value;
    figure.input.setAttribute("aria-valuetext", `${Math.round(fraction * 100)} %`);
    for (const side of ["left", "right"]) setText(figure.names[side], this.label(this.state[side]));
  }

  paintCross(pen, at, zoom, canvas) {
    const x = at.x + this.cursor.x * zoom;
    const y = at.y + this.cursor.y * zoom;
    const size = Math.max(1, zoom);
    const middle = (value) => Math.floor(value + size / 2) + 0.5;
    for (const [colour, thick] of [["rgba(0, 0, 0, 0.55)", 3], ["rgba(255, 255, 255, 0.95)", 1]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      const gap = Math.max(6, size);
      pen.beginPath();
      pen.moveTo(0, middle(y));
      pen.lineTo(x - gap, middle(y));
      pen.moveTo(x + size + gap, middle(y));
      pen.lineTo(canvas.width, middle(y));
      pen.moveTo(middle(x), 0);
      pen.lineTo(middle(x), y - gap);
      pen.moveTo(middle(x), y + size + gap);
      pen.lineTo(middle(x), canvas.height);
      if (zoom >= 3) pen.rect(x - 0.5, y - 0.5, size + 1, size + 1);
      pen.stroke();
    }
  }

  label(id) {
    return this.method(id)?.label ?? "Original";
  }

  // All texts and pressed states that follow from the state.
  write() {
    const { header } = this.model;
    const s = this.state;
    const { stages } = header;
    setText(this.stageText, stages === 1 ? "1 stage" : `Stages: ${s.stage} of ${stages}`);
    this.slider.value = String(s.stage);
    this.slider.setAttribute("aria-valuetext", `${s.stage} of ${stages}`);
    this.slider.style.setProperty("--part", `${((s.stage - 1) / Math.max(1, stages - 1)) * 100}%`);
    [...this.ticks.children].forEach((tick, i) => tick.setAttribute("aria-pressed", String(i + 1 === s.stage)));
    this.stageLess.disabled = s.stage <= 1;
    this.stageMore.disabled = s.stage >= stages;
    for (const node of this.viewButtons) node.setAttribute("aria-pressed", String(node.dataset.view === s.view));
    for (const node of this.pickButtons) {
      const id = node.dataset.pick;
      node.hidden = s.view === "divider";
      const pressed = id === (s.view === "flip" ? this.shownIds()[0] : s.focus);
      node.setAttribute("aria-pressed", String(pressed));
    }
    this.sides.hidden = s.view !== "divider";
    for (const side of ["left", "right"]) {
      const name = { left: this.narrow ? "Top" : "Left", right: this.narrow ? "Bottom" : "Right" }[side];
      setText(this.sides.querySelector(`[data-side-name=${side}]`), name);
      this.sides.querySelector(`select[data-side=${side}]`).value = s[side];
    }
    setText(this.notice, header.notice);
    this.notice.hidden = !header.notice;
    const figure = this.figures[0];
    const zoom = this.zoomOf(figure);
    const size = header.width === header.height ? `${header.width}` : `${header.width} × ${header.height}`;
    setText(this.zoomText, `×${zoom < 1 ? zoom.toFixed(2) : zoom} · ${size}\u202fpx`);
    const sharp = this.isSharp();
    setText(this.sharpButton, sharp ? "Sharp pixels" : "Smooth");
    this.sharpButton.setAttribute("aria-pressed", String(sharp));
    setText(this.fullButton, this.isFull() ? "Leave" : "Full");
    for (const shown of this.figures) this.writeCaptions(shown);
    this.colourBar.hidden = s.view !== "error";
    if (s.view === "error") this.writeScale();
    this.writeReadout();
    this.film.markStage(s.stage);
  }

  writeCaptions(figure) {
    const { header } = this.model;
    for (const caption of figure.captions) {
      const id = caption.side ? this.state[caption.side] : figure.id;
      const method = this.method(id);
      const glyph = method ? mark(method, this.theme) : null;
      if (caption.shown !== `${id}:${this.theme}`) {
        caption.shown = `${id}:${this.theme}`;
        caption.name.replaceChildren(...(glyph ? [glyph] : []), this.label(id));
        if (!caption.side) figure.node.dataset.method = id;
      }
      const frame = method && this.frame(method);
      setText(caption.stages, method ? stagesOf(method, this.state.stage, this.model.header.staged) : "");
      setText(caption.scores, frame?.scores ?? `${header.width} × ${header.height} pixels`);
      setText(caption.rate, frame?.rate ?? "");
    }
    const texts = figure.captions.map((caption) => [caption.name.textContent, caption.stages.textContent, caption.scores.textContent].filter(Boolean).join(", "));
    const kind = this.state.view === "error" && this.method(figure.id) ? "Error map of " : "";
    figure.canvas.setAttribute("aria-label", this.held ? "Original" : kind + texts.join(" beside "));
    setText(figure.badge, this.state.view === "error" ? header.errorNote || "computing…" : "fetching…");
  }

  writeScale() {
    const pen = this.scale.getContext("2d");
    const line = pen.createImageData(256, 1);
    for (let i = 0; i < 256; i += 1) line.data.set([...magma(i / 255), 255], i * 4);
    pen.putImageData(line, 0, 0);
    const { errorMax } = this.model.header;
    setText(this.scaleEnd, `${errorMax}${errorMax < 1 ? " or more" : ""} (1 is the largest possible). The same scale for all pictures and stages.`);
    this.scale.setAttribute("aria-label", `Colours from 0, dark, to ${errorMax}, light`);
  }

  writeReadout() {
    const { header } = this.model;
    const original = recall(header.original);
    const at = this.cursor;
    const triple = (entry) => {
      const data = pixelsOf(entry);
      const i = (at.y * entry.width + at.x) * 4;
      return [data[i], data[i + 1], data[i + 2]];
    };
    const base = at && original ? triple(original) : null;
    this.root.toggleAttribute("data-pointing", Boolean(base));
    for (const cell of this.readout.children) {
      const id = cell.dataset.pixel;
      const method = this.method(id);
      const value = cell.lastChild;
      const entry = method ? recall(this.frame(method).picture ?? "") : original;
      if (!base || !entry) setText(value, id === "original" ? "point at a picture to read its pixels" : "\u2013");
      else if (!method) setText(value, `x ${at.x}  y ${at.y}  RGB ${base.join(" ")}`);
      else {
        const own = triple(entry);
        setText(value, `${own.join(" ")}  error ${own.map((v, i) => signed(v - base[i])).join(" ")}`);
      }
    }
  }

  // ---- mouse and touch -----------------------------------------------------------------------------------------

  // The point of an event in the pane, device pixels.
  point(figure, event) {
    const box = figure.canvas.getBoundingClientRect();
    const ratio = figure.canvas.width / box.width;
    return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
  }

  hover(figure, event) {
    const { width, height } = this.model.header;
    const zoom = this.zoomOf(figure);
    const at = place(figure.canvas.width, figure.canvas.height, width, height, zoom, this.state.cx, this.state.cy);
    const { x, y } = this.point(figure, event);
    const pixel = { x: Math.floor((x - at.x) / zoom), y: Math.floor((y - at.y) / zoom) };
    const inside = pixel.x >= 0 && pixel.y >= 0 && pixel.x < width && pixel.y < height;
    this.cursor = inside ? pixel : null;
    this.draw();
  }

  listen(figure) {
    const { canvas } = figure;
    let grip = null;
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
      event.preventDefault();
      const now = performance.now();
      if (now - (this.wheeled ?? 0) < 60) return; // a touch pad sends dozens of events a second
      this.wheeled = now;
      const { x, y } = this.point(figure, event);
      this.step(event.deltaY < 0 ? 1 : -1, figure, x, y);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      this.root.focus({ preventScroll: true });
      if (event.pointerType === "touch" || event.button !== 0) return;
      grip = this.point(figure, event);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch") return;
      if (grip && canvas.classList.contains("movable")) {
        const now = this.point(figure, event);
        this.pan(figure, now.x - grip.x, now.y - grip.y);
        grip = now;
      }
      this.hover(figure, event);
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (grip = null));
    canvas.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "touch") return; // a tap's reading stays
      this.cursor = null;
      this.draw();
    });
    this.listenTouch(figure);
  }

  // One finger scrolls the page (a tap reads a pixel); two fingers zoom and move.
  listenTouch(figure) {
    const { canvas } = figure;
    let pinch = null;
    const pair = (touches) => {
      const [a, b] = touches;
      return { span: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
    };
    canvas.addEventListener("touchstart", (event) => {
      if (event.touches.length === 2) {
        const start = pair(event.touches);
        pinch = { span: start.span, zoom: this.zoomOf(figure), at: this.point(figure, start) };
        event.preventDefault();
      } else if (event.touches.length === 1) this.hover(figure, event.touches[0]);
    }, { passive: false });
    canvas.addEventListener("touchmove", (event) => {
      if (!pinch || event.touches.length !== 2) return;
      event.preventDefault();
      const now = pair(event.touches);
      const at = this.point(figure, now);
      this.pan(figure, at.x - pinch.at.x, at.y - pinch.at.y);
      pinch.at = at;
      const wish = pinch.zoom * (now.span / pinch.span);
      const steps = [Math.min(figure.fit, 1), ...STEPS];
      const nearest = steps.reduce((best, step) => (Math.abs(Math.log(step / wish)) < Math.abs(Math.log(best / wish)) ? step : best));
      if (nearest !== this.zoomOf(figure)) this.zoomTo(nearest, figure, at.x, at.y);
    }, { passive: false });
    canvas.addEventListener("touchend", (event) => event.touches.length < 2 && (pinch = null));
  }

  // ---- keeping -------------------------------------------------------------------------------------------------

  save(id, band) {
    const { header } = this.model;
    const s = this.state;
    const method = this.method(id);
    const { entry, waiting } = this.picture(id);
    if (!entry || waiting) return this.complain("This picture is still on its way. Save it in a moment.", "not decoded yet");
    this.problem.hidden = true;
    const asError = method && s.view === "error";
    const stages = method ? stagesOf(method, s.stage, this.model.header.staged) : "";
    const name = fileName("rfsq", method ? method.name : "original", stages, asError ? "error" : "", band ? "" : "plain");
    const { width, height } = header;
    if (!band) return download(plain(entry.image, width, height), name, this.root);
    const frame = method && this.frame(method);
    const texts = [
      method ? [method.label, stages].filter(Boolean).join(", ") : "Original",
      frame?.scores ?? `${width} × ${height} pixels`,
      frame?.rate ?? "",
      asError ? `ꟻLIP error, from 0 (dark) to ${header.errorMax}${header.errorMax < 1 ? " or more" : ""} (light).` : "",
      header.notice,
    ].filter(Boolean);
    return download(withBand(entry.image, width, height, texts, method?.light ?? "", method?.marker ?? ""), name, this.root);
  }
}

// Streamlit calls this at the mount and again whenever data or theme change, with the same parent element.
const mounted = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  if (!data) return undefined;
  let viewer = mounted.get(parentElement);
  if (!viewer) {
    viewer = new Viewer(parentElement, unpack(data).header.key);
    mounted.set(parentElement, viewer);
  }
  viewer.receive(data, setStateValue).catch((error) => viewer.complain("The pictures did not arrive whole.", error));
  return () =>
    setTimeout(() => {
      // A call that a newer one overtook is cleaned up too: only a viewer that left the page ends.
      if (viewer.root.isConnected) return;
      viewer.destroy();
      mounted.delete(parentElement);
    });
}
