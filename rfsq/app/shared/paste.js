// A photo pasted or dropped anywhere on the page goes to the page's uploader, so that there is one way in.

const input = () => document.querySelector(".st-key-bring input[type=file]");

function give(files, event) {
  const target = input();
  const picture = [...(files ?? [])].find((file) => file.type.startsWith("image/") || event.type === "drop");
  if (!target || !picture) return;
  event.preventDefault();
  const carrier = new DataTransfer();
  carrier.items.add(picture);
  target.files = carrier.files;
  target.dispatchEvent(new Event("change", { bubbles: true }));
}

const typing = (node) => node?.closest?.("input:not([type=range]):not([type=file]), textarea, [contenteditable=true]");
const atUploader = (event) => event.target?.closest?.(".st-key-bring"); // it takes drops by itself

const onPaste = (event) => typing(event.target) || give(event.clipboardData?.files, event);
const onDrop = (event) => atUploader(event) || give(event.dataTransfer?.files, event);
const onDragOver = (event) => {
  if ([...(event.dataTransfer?.types ?? [])].includes("Files")) event.preventDefault();
};

export default function () {
  const listeners = { paste: onPaste, drop: onDrop, dragover: onDragOver };
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener);
  };
}
