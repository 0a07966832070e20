// Streamlit's side of a component: one part for each place on the page, which ends when it has left the page.

import { el } from "./elements.js";

/** @typedef {import("./report.js").Send} Send */

/**
 * @template D
 * @typedef {object} Component what Streamlit passes at the mount and again whenever data or theme change
 * @property {D | null | undefined} data
 * @property {HTMLElement | ShadowRoot} parentElement the same for all calls of one place
 * @property {Send} setStateValue
 * @property {Send} setTriggerValue
 */

/**
 * @template D
 * @typedef {object} Part
 * @property {HTMLElement} root
 * @property {(data: D, component: Component<D>) => void | Promise<void>} receive
 * @property {() => void} [destroy] let go of timers and observers
 */

/**
 * The default export of a component's module.
 * @template D
 * @param {(data: D) => Part<D>} create
 * @returns {(component: Component<D>) => (() => void) | undefined}
 */
export function mount(create) {
  /** @type {WeakMap<Node, Part<D>>} */
  const parts = new WeakMap();
  return (component) => {
    const { data, parentElement } = component;
    if (!data) return undefined;
    parentElement.querySelector(".mount-problem")?.remove();
    const complain = (/** @type {unknown} */ error) => {
      console.error(error);
      const sentence = error instanceof Error ? error.message : String(error);
      parentElement.append(el("p", { class: "mount-problem", role: "alert" }, sentence));
    };
    try {
      const part = parts.get(parentElement) ?? create(data);
      if (!part.root.isConnected) parentElement.append(part.root);
      parts.set(parentElement, part);
      Promise.resolve(part.receive(data, component)).catch(complain);
      return () => setTimeout(() => leave(part));
    } catch (error) {
      complain(error);
      return undefined;
    }

    // A call that a newer one overtook is cleaned up too: only a part that left the page ends.
    function leave(/** @type {Part<D>} */ part) {
      if (part.root.isConnected) return;
      part.destroy?.();
      part.root.remove();
      if (parts.get(parentElement) === part) parts.delete(parentElement);
    }
  };
}
