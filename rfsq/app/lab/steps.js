// The lesson as a list of links. A plain click goes through the server, which keeps the session; others open a tab.

export default function ({ data, parentElement, setTriggerValue }) {
  if (!data) return;
  const list = parentElement.querySelector("ol") ?? document.createElement("ol");
  list.setAttribute("aria-label", "Steps of the lesson");
  const items = data.steps.map((step) => {
    const link = document.createElement("a");
    link.href = `?${step.query}`;
    link.textContent = step.title;
    if (step.name === data.current) link.setAttribute("aria-current", "step");
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setTriggerValue("step", step.name);
    };
    const item = document.createElement("li");
    item.append(link);
    return item;
  });
  list.replaceChildren(...items);
  if (!list.isConnected) parentElement.append(list);
}
