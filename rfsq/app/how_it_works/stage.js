// One stage, open or folded to a line: built anew for every token, from numbers alone.

const symbol = (name, text = name) => node("b", { "data-symbol": name, tabindex: "0" }, text);
const value = (name, x) => node("span", { class: "n", "data-symbol": name }, number(x));

function levelsOf(stage, channel) {
  const count = stage.levels[channel];
  const [low, high] = stage.ends[channel];
  return count === 1 ? [0] : Array.from({ length: count }, (_, i) => low + (i * (high - low)) / (count - 1));
}

const unit = (count) => (count === 1 ? [0] : Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1)));
const statistic = (stage, name, channel) => stage.statistics[name][stage.statistics[name].length > 1 ? channel : 0];
const leftOut = (stage, channel) => stage.levels.length > 0 && stage.levels[channel] === 1;

// The reach of the line in the residual's units: the same for all tokens, as far as the levels go (VQ: its codes),
// and wider only where this token lies beyond them.
function reachOf(path, k, state) {
  const stage = path.stages[k];
  stage.reach ??= stage.levels.length ? Math.max(...stage.ends.flat().map(Math.abs)) : largest(path.values[`codes${k}`]);
  return Math.max(1.04 * stage.reach, ...Array.from({ length: path.channels }, (_, c) => Math.abs(at(path, `residual${k}`, state, c))));
}

// What is computed, with the names of the code above the numbers of one channel.
function formulas(path, k, state) {
  const stage = path.stages[k];
  const c = state.channel;
  const get = (name) => at(path, `${name}${k}`, state, c);
  const p = (x) => (x < 0 ? `(${plain(x)})` : plain(x));
  const n = (name, x) => node("span", { class: "n", "data-symbol": name }, plain(x));
  const has = (name) => name in stage.statistics;
  const row = (words, numbers) => node("li", {}, node("span", { class: "words" }, ...words), node("span", { class: "numbers" }, ...numbers));
  const lines = [];
  if (k === 0 && path.conditioning === "geometric") {
    lines.push(row(["z bounded: ", symbol("residual"), " = c · tanh(z / c)"], ["z = ", plain(at(path, "latents", state, c)), " → ", n("residual", get("residual"))]));
  } else if (k === 0) lines.push(row([symbol("residual"), " = z, from the encoder"], [n("residual", get("residual"))]));
  else lines.push(row([symbol("residual"), ` = what stage ${k} left`], [n("residual", get("residual"))]));
  if (leftOut(stage, c)) {
    lines.push(row(["This stage leaves channel ", String(c + 1), " out: ", symbol("step"), " = 0"], [symbol("remainder"), " = ", n("remainder", get("remainder"))]));
    return node("ol", { class: "formulas" }, ...lines);
  }
  const conditioned = [symbol("conditioned"), " = condition(", symbol("residual"), ")"];
  const r = n("residual", get("residual"));
  const to = [" = ", n("conditioned", get("conditioned"))];
  if (has("scale")) lines.push(row([symbol("conditioned"), " = ", symbol("residual"), " · scale"], [r, ` · ${plain(statistic(stage, "scale", c))}`, ...to]));
  else if (has("gain")) {
    const [mean, std, gain, bias] = ["mean", "std", "gain", "bias"].map((name) => statistic(stage, name, c));
    lines.push(row([symbol("conditioned"), " = (", symbol("residual"), " − mean) / std · gain + bias"], ["(", r, ` − ${p(mean)}) / ${plain(std)} · ${plain(gain)} + ${p(bias)}`, ...to]));
  } else if (has("step")) lines.push(row([symbol("conditioned"), " = ", symbol("residual"), " · factor of the stage"], [r, ` · ${plain(statistic(stage, "step", c))}`, ...to]));
  else lines.push(row([...conditioned, ": unchanged"], [n("conditioned", get("conditioned"))]));
  if (path.kind === "fsq") {
    lines.push(row([symbol("bounded"), ` = ${stage.bound}(`, symbol("conditioned"), stage.bound === "clamp" ? ", −1, 1)" : ")"], [n("bounded", get("bounded"))]));
    lines.push(row([symbol("digits"), " = the nearest of ", String(stage.levels[c]), " levels; ", symbol("codes"), " = its value"], ["level ", n0("digits", path.values[`digits${k}`], path, state, c), " of 0 … ", String(stage.levels[c] - 1), ": ", n("codes", get("codes"))]));
  } else if (path.kind === "lfq") lines.push(row([symbol("codes"), " = the sign of ", symbol("conditioned")], [n("codes", get("codes"))]));
  else {
    let distance = 0;
    for (let d = 0; d < path.channels; d += 1) distance += (at(path, `conditioned${k}`, state, d) - at(path, `codes${k}`, state, d)) ** 2;
    lines.push(row([symbol("codes"), ` = the nearest of ${grouped(stage.codebook)} vectors, all channels at once`], [n("codes", get("codes")), `, distance of the vectors ${plain(Math.sqrt(distance))}`]));
  }
  lines.push(row([symbol("step"), " = undo(", symbol("codes"), ")", has("scale") ? ": / scale" : has("gain") ? ": − bias, / gain, · std, + mean" : has("step") ? ": / factor" : ": unchanged"], [n("step", get("step"))]));
  const next = k + 1 < path.stages.length ? `, on to stage ${k + 2}` : ", not coded";
  lines.push(row([symbol("remainder"), " = ", symbol("residual"), " − ", symbol("step"), next], [r.cloneNode(true), " − ", n("step", get("step")), " = ", n("remainder", get("remainder"))]));
  let total = 0;
  for (let j = 0; j <= k; j += 1) total += at(path, `step${j}`, state, c);
  lines.push(row([symbol("quantized"), " = the steps so far, to the decoder"], [n("quantized", total)]));
  return node("ol", { class: "formulas" }, ...lines);
}

const n0 = (name, values, path, state, c) => node("span", { class: "n", "data-symbol": name }, String(values[(c * path.grid[0] + state.row) * path.grid[1] + state.column]));

// The numbers and number lines of all channels.
function channelTable(path, k, state, ghost, choose) {
  const stage = path.stages[k];
  const lined = stage.levels.length > 0;
  const fsq = path.kind === "fsq";
  const reach = reachOf(path, k, state);
  const names = ["residual", "conditioned", ...(fsq ? ["bounded"] : []), ...(lined ? ["line"] : []), ...(lined ? ["digits"] : []), "codes", "step", "back", "remainder"];
  const titles = { line: fsq ? "rounded, −1 … 1" : `its sign, ±${plain(reach)}`, back: `residual's units, ±${plain(reach)}` };
  const head = node("tr", {}, node("th", { scope: "col" }, "channel"), ...names.map((name) => node("th", { scope: "col", class: name in titles ? "wide" : "" }, titles[name] || symbol(name))));
  const old = ghost && ghost.stages[k] && ghost.channels === path.channels ? ghost : null;
  const rows = Array.from({ length: path.channels }, (_, c) => {
    const get = (name) => at(path, `${name}${k}`, state, c);
    const grey = (name) => (old && !leftOut(old.stages[k], c) ? at(old, `${name}${k}`, state, c) : null);
    const pick = node("button", { type: "button", "aria-pressed": String(c === state.channel), title: `Write out channel ${c + 1}`, "aria-label": `Channel ${c + 1}`, onclick: () => choose(c) }, String(c + 1));
    const first = node("th", { scope: "row" }, pick);
    if (leftOut(stage, c)) {
      return node("tr", {}, first, node("td", { "data-name": "residual" }, value("residual", get("residual"))), node("td", { colspan: names.length - 2, class: "out" }, "left out by this stage: it stays for another"), node("td", { "data-name": "remainder" }, value("remainder", get("remainder"))));
    }
    const digit = lined ? path.values[`digits${k}`][(c * path.grid[0] + state.row) * path.grid[1] + state.column] : -1;
    const back = lined ? levelsOf(stage, c) : [get("step")];
    const cells = {
      line: () => numberLine({ ticks: unit(stage.levels[c]), chosen: digit, value: get("bounded"), reach: fsq ? 1 : reach, ghost: old && old.kind === path.kind ? grey("bounded") : null, label: `Channel ${c + 1}: ${plain(get("bounded"))} is rounded to level ${digit}`, valueSymbol: fsq ? "bounded" : "conditioned", codeSymbol: "codes" }),
      digits: () => n0("digits", path.values[`digits${k}`], path, state, c),
      back: () => numberLine({ ticks: back, chosen: lined ? digit : 0, value: get("residual"), reach, arrow: [get("step"), get("residual")], ghost: grey("residual"), label: `Channel ${c + 1}: the step ${plain(get("step"))}, and the remainder ${plain(get("remainder"))} from there to the residual`, valueSymbol: "residual", codeSymbol: "step" }),
    };
    return node("tr", { class: c === state.channel ? "now" : "" }, first, ...names.map((name) => node("td", { "data-name": name }, cells[name] ? cells[name]() : value(name, get(name)))));
  });
  return node("div", { class: "scroll" }, node("table", {}, node("thead", {}, head), node("tbody", {}, ...rows)));
}

// The way of one channel as pictures, each with its own scale printed.
function mapRow(path, k, state, dark) {
  const names = ["residual", "conditioned", ...(path.kind === "fsq" ? ["bounded"] : []), "codes", "step", "remainder"];
  const size = path.grid[0] * path.grid[1];
  const scaleOf = (name) => largest(path.values[`${name}${k}`].subarray(state.channel * size, (state.channel + 1) * size));
  const shared = Math.max(scaleOf("residual"), scaleOf("step"), scaleOf("remainder"));
  const figures = names.map((name) => {
    const scale = ["residual", "step", "remainder"].includes(name) ? shared : scaleOf(name);
    const canvas = node("canvas", {});
    drawMap(canvas, path, `${name}${k}`, state.channel, scale, dark);
    const box = framed(path, canvas);
    box.place(state);
    return node("figure", {}, box, node("figcaption", {}, symbol(name), node("small", {}, `±${plain(scale)}`)));
  });
  return node("div", { class: "maps way" }, ...figures);
}
