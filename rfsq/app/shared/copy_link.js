// Copies a link that restores the view. Where the browser refuses the clipboard, the link is shown to copy by hand.

const parts = new WeakMap();

function build(parent) {
  const box = document.createElement("div");
  box.className = "link";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy link";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const field = document.createElement("input");
  field.readOnly = true;
  field.hidden = true;
  field.setAttribute("aria-label", "Link to this view");
  box.append(button, said, field);
  parent.append(box);
  return { box, button, said, field };
}

export default function ({ data, parentElement }) {
  if (!data) return;
  if (!parts.has(parentElement)) parts.set(parentElement, build(parentElement));
  const { button, said, field } = parts.get(parentElement);
  const path = `${location.pathname}?${data.query}`;
  if (location.search || !data.untouched) history.replaceState(history.state, "", path + location.hash);
  if (button.dataset.query !== data.query) {
    // What was said is about another link.
    said.textContent = "";
    field.hidden = true;
  }
  button.dataset.query = data.query;
  button.onclick = async () => {
    const link = location.origin + path;
    try {
      await navigator.clipboard.writeText(link);
      field.hidden = true;
      said.textContent = data.copied;
    } catch {
      // No permission, or neither https nor localhost.
      field.value = link;
      field.hidden = false;
      field.select();
      said.textContent = "Copy this link:";
    }
  };
}
