// The scenes on the whole screen: which one is shown, black, the clock, and the keys that lead through them.

import { button, el, setText } from "../shared/browser/elements.js";
import { leftOver, meaningOf, sceneAfter } from "./keys.js";

/** @typedef {import("./keys.js").Meaning} Meaning */
/** @typedef {import("./windows.js").Place} Place */

const SAID_MS = 2500;

/**
 * @typedef {object} Scenes what the stage leads through
 * @property {number} count
 * @property {() => boolean} leads whether keys of this window start the talk
 * @property {(scene: number) => void} show draw this one; 0: none, the list is there again
 * @property {() => Window | null} page the window of the scene that is shown
 * @property {(scene: number) => void} save keep the present view of it
 * @property {(place: Place) => void} tell other windows
 */

export class Stage {
  /**
   * @param {HTMLElement} root gets data-presenting and data-black
   * @param {import("./clock.js").Clock} clock
   * @param {Scenes} scenes
   */
  constructor(root, clock, scenes) {
    this.root = root;
    this.clock = clock;
    this.scenes = scenes;
    this.scene = 0; // from 1; 0: the list
    this.black = false;
    this.said = el("p", { class: "said", role: "status", hidden: true });
    this.dark = el("div", { class: "dark", hidden: true, "aria-label": "Black screen. B brings the scene back." });
    this.touch = el(
      "div",
      { class: "touch" },
      button("‹", "Scene before", () => this.follow({ by: -1 })),
      button("›", "Next scene", () => this.follow({ by: 1 })),
      button("✕", "Leave the talk", () => this.leave()),
    );
    this.nodes = [this.dark, this.said, this.touch];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.first = (/** @type {KeyboardEvent} */ event) => this.onKey(event, meaningOf);
    this.last = (/** @type {KeyboardEvent} */ event) => this.onKey(event, leftOver);
    this.listen(window);
  }

  /**
   * Hear the keys of a window: this one's, and those of the frames, which get the keys while they have the focus.
   * @param {Window} page
   */
  listen(page) {
    page.addEventListener("keydown", this.first, { capture: true });
    page.addEventListener("keydown", this.last);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {typeof meaningOf} read
   */
  onKey(event, read) {
    if (!this.scene && !this.scenes.leads()) return;
    const meaning = read(event, /** @type {HTMLInputElement} */ (event.composedPath()[0]));
    if (!meaning) return this.pass(event);
    event.preventDefault();
    event.stopImmediatePropagation();
    this.follow(meaning);
  }

  /**
   * A key that this window got instead of the scene's page goes there, once.
   * @param {KeyboardEvent} event
   */
  pass(event) {
    const page = this.scenes.page();
    if (event.eventPhase === Event.BUBBLING_PHASE || event.view !== window || !page?.document.body) return;
    event.stopImmediatePropagation();
    page.focus();
    const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event;
    const init = { key, code, ctrlKey, metaKey, altKey, shiftKey, bubbles: true, cancelable: true, composed: true };
    if (!page.document.body.dispatchEvent(new KeyboardEvent("keydown", init))) event.preventDefault();
  }

  /** @param {Meaning} meaning */
  follow(meaning) {
    if (!("act" in meaning) || meaning.act === "first" || meaning.act === "last") {
      this.go({ scene: sceneAfter(meaning, this.scene, this.scenes.count), black: false });
    } else if (meaning.act === "black") this.go({ scene: this.scene, black: !this.black });
    else if (meaning.act === "clock") this.root.toggleAttribute("data-clock");
    else if (meaning.act === "full") this.fill();
    else if (meaning.act === "save") this.scenes.save(this.scene);
    else if (document.fullscreenElement) document.exitFullscreen();
    else this.go({ scene: 0, black: false });
  }

  /**
   * @param {Place} place
   * @param {boolean} [told] by another window
   */
  go({ scene, black }, told = false) {
    const other = scene !== this.scene;
    this.scene = scene;
    this.black = black && scene > 0;
    this.root.toggleAttribute("data-presenting", scene > 0);
    document.documentElement.toggleAttribute("data-talk-stage", scene > 0);
    this.dark.hidden = !this.black;
    if (other) this.scenes.show(scene);
    if (scene) this.clock.start();
    if (!told) this.scenes.tell({ scene, black: this.black });
  }

  /**
   * The scenes are others now: the stage stays where it is, as far as they reach.
   * @param {number} count
   */
  take(count) {
    const place = { scene: Math.min(this.scene, count), black: this.black };
    this.scenes.count = count;
    this.scene = 0;
    if (place.scene) this.go(place);
  }

  /** The list of scenes again, and the screen as it was. */
  leave() {
    if (document.fullscreenElement) document.exitFullscreen();
    this.go({ scene: 0, black: false });
  }

  /** @param {boolean} [on] take the screen, and never give it back */
  fill(on = false) {
    if (document.fullscreenElement && !on) document.exitFullscreen();
    else
      document.documentElement
        .requestFullscreen?.()
        .catch(() => this.say("The browser did not allow full screen here."));
  }

  /**
   * A sentence for a moment.
   * @param {string} sentence
   */
  say(sentence) {
    setText(this.said, sentence);
    this.said.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.said.hidden = true;
    }, SAID_MS);
  }

  end() {
    clearTimeout(this.timer);
    document.documentElement.removeAttribute("data-talk-stage");
    window.removeEventListener("keydown", this.first, { capture: true });
    window.removeEventListener("keydown", this.last);
  }
}
