// Small builders for the page. Text is always set as text: labels come from checkpoints and links.

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

function button(text, title, onclick, attributes = {}) {
  return el("button", { type: "button", title, "aria-label": title, onclick, ...attributes }, text);
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function mark(method, theme) {
  const node = el("span", { class: "mark", "aria-hidden": "true" }, method.marker);
  node.style.color = theme === "dark" ? method.dark : method.light;
  return node;
}

function stagesOf(method, k, staged = true) {
  if (!staged) return "";
  const total = method.frames.length;
  return total === 1 ? "1 stage" : `${Math.min(k, total)} of ${total} stages`;
}

function signed(value) {
  if (value === 0) return "0";
  return value < 0 ? `\u2212${-value}` : `+${value}`;
}

const KEYS = [
  ["← →", "one stage less or more"],
  ["1 – 4", "one method, in the same place"],
  ["0", "all pictures"],
  ["O (hold)", "the original, while held"],
  ["D", "divider between two pictures"],
  ["E", "error map"],
  ["P", "sharp pixels or smooth"],
  ["+ −", "zoom; also Ctrl + wheel or two fingers"],
  ["Esc", "zoom, position and divider back to the start"],
  ["F", "full screen"],
  ["?", "this list"],
];

function keyList(close) {
  const rows = KEYS.map(([key, meaning]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, meaning)));
  return el(
    "section",
    { class: "keys", hidden: true, "aria-label": "Keys" },
    el("div", { class: "keys-head" }, el("strong", {}, "Keys, while the viewer has the focus"), button("Close", "Close the list of keys", close)),
    el("dl", {}, ...rows),
  );
}
