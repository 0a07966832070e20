// Keys of a part of the page that has the focus.

/**
 * Do what a key stands for, and keep it from the page; keys with Ctrl, Meta or Alt are not ours.
 * @param {KeyboardEvent} event
 * @param {Record<string, (() => void) | undefined>} acts by `event.key`; undefined where the key keeps its usual meaning
 */
export function press(event, acts) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = Object.hasOwn(acts, event.key) ? acts[event.key] : undefined;
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
