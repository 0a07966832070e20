// On every page: adds its view to the person's own talk, and asks a server that is back for the page. In the talk view without
// a talk around it: the keys of a talk.

import { onReturn } from "../shared/browser/connection.js";
import { button, el, setText } from "../shared/browser/elements.js";
import { mount } from "../shared/browser/mount.js";
import { baseOf } from "./address.js";
import { SHOWN } from "./frames.js";
import { meaningOf } from "./keys.js";
import { keepOwn, ownTalk, withScene } from "./own_talk.js";
import { sceneOf } from "./talk_file.js";

/** @typedef {{ pages: import("./talk_file.js").Pages, talking: boolean }} Data */

class InPage {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.said = el("span", { role: "status" });
    const add = button("Add to talk", "Add this view as a scene to your talk, which stays in this browser", () =>
      this.add(),
    );
    this.root = el("div", { class: "add" }, add, this.said);
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.hear(event);
    window.addEventListener("keydown", this.onKey, { capture: true });
    /** @type {import("../shared/browser/report.js").Send} */
    this.send = () => {};
    this.owes = false; // the page is what a lost server drew
    this.onShown = () => this.owes && this.askAgain();
    window.addEventListener(SHOWN, this.onShown);
    this.deaf = onReturn(() => this.askAgain());
  }

  destroy() {
    this.deaf();
    window.removeEventListener(SHOWN, this.onShown);
    window.removeEventListener("keydown", this.onKey, { capture: true });
  }

  /** Let the server draw the page anew; a scene that is not shown can wait. */
  askAgain() {
    const frame = window.frameElement;
    this.owes = frame !== null && !frame.checkVisibility({ visibilityProperty: true });
    if (!this.owes) this.send("returned", Date.now());
  }

  /**
   * @param {Data} data
   * @param {import("../shared/browser/mount.js").Component<Data>} component
   */
  receive(data, { setStateValue }) {
    this.send = setStateValue;
    this.data = data;
    this.root.hidden = data.talking;
    setText(this.said, "");
  }

  /** The address of the page is the link to what it shows. */
  add() {
    const { pages } = this.data;
    const scene = sceneOf(location, "", pages);
    if (!scene) return setText(this.said, "This view's link is too long for a scene.");
    try {
      const talk = withScene(ownTalk(pages), scene);
      keepOwn(talk);
      const photo = new URLSearchParams(scene.query).get("photo") === "own" ? " Your own photo is not in it." : "";
      return setText(this.said, `Scene ${talk.scenes.length} of your talk, on the page Talk.${photo}`);
    } catch (error) {
      return setText(this.said, error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * Digits lead to the scenes of the talk that ships. In a talk's frame all keys are the talk's.
   * @param {KeyboardEvent} event
   */
  hear(event) {
    if (!this.data.talking || window.parent !== window) return;
    const meaning = meaningOf(event, /** @type {HTMLInputElement} */ (event.composedPath()[0]));
    if (!meaning) return;
    const base = baseOf(location.pathname);
    if ("scene" in meaning) location.assign(`${base}talk?scene=${meaning.scene}`);
    else if ("act" in meaning && meaning.act === "full") toggleFull();
    else if ("act" in meaning && meaning.act === "leave" && !document.fullscreenElement) this.leave();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** The same view with its controls. */
  leave() {
    const params = new URLSearchParams(location.search);
    params.delete("talk");
    location.assign(`${location.pathname}?${params}`);
  }
}

function toggleFull() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(console.error);
}

export default mount((/** @type {Data} */ data) => new InPage(data));
