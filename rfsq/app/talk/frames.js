// A scene in a frame of its own: its page is drawn beforehand and stays as it was left, so that going there costs nothing.

import { appOf, isConnected } from "../shared/browser/connection.js";
import { el } from "../shared/browser/elements.js";

/** @typedef {"waiting" | "drawing" | "slow" | "ready" | "live"} Readiness live: drawn only while it is shown */
/** @typedef {"live" | "lost" | "busy" | "first"} Link of a page to its server; busy: it draws the page, first: for the first time */

const LOOK_MS = 200;
const REST_MS = 1200; // without work after which a page is drawn: another run may follow the first
const SLOW_MS = 60_000;
const AGAIN_MS = 4000; // between two tries to load a page that a lost server did not give
const EMPTY = "about:blank";
export const SHOWN = "rfsq:shown"; // event of a page's window: its scene is shown from now on

export class SceneFrame {
  /**
   * @param {string} title
   * @param {string} address
   * @param {boolean} live its page needs the camera or the server all the time: it is there only while it is shown
   * @param {(page: Window) => void} opened called with the page's window whenever one has been loaded
   */
  constructor(title, address, live, opened) {
    this.address = address;
    this.live = live;
    /** @type {Readiness} */
    this.readiness = live ? "live" : "waiting";
    this.root = el("iframe", { title, tabindex: -1, allow: "camera; fullscreen; clipboard-write" });
    this.root.addEventListener("load", () => {
      if (this.root.contentDocument && this.root.contentWindow) opened(this.root.contentWindow); // no page of the browser's own
    });
    /** @type {Promise<void> | null} */
    this.drawing = null;
    this.ended = false;
  }

  /** What its page shows now, null where it is empty. */
  get location() {
    const page = this.root.contentWindow;
    return page && this.root.contentDocument && this.root.getAttribute("src") && page.location.href !== EMPTY
      ? page.location
      : null;
  }

  /** Load its page, once; resolves when it is drawn, or takes long. */
  prepare() {
    this.drawing ??= this.draw();
    return this.drawing;
  }

  /**
   * Without a step in the history, which "Back" on the stage would undo in a frame that nobody sees.
   * @param {string} address
   */
  load(address) {
    if (this.root.getAttribute("src")) this.root.contentWindow?.location.replace(address);
    else this.root.src = address;
  }

  async draw() {
    this.load(this.address);
    if (this.live) return;
    this.readiness = "drawing";
    const began = performance.now();
    let [since, asked] = [began, began];
    while (!this.ended) {
      await new Promise((done) => setTimeout(done, LOOK_MS));
      const now = performance.now();
      if (!isDrawn(this.root.contentDocument)) since = now;
      if (!this.root.contentDocument && now - asked > AGAIN_MS) {
        asked = now; // the server did not answer, and the browser says so in a page of its own
        this.load(this.address);
      }
      if (now - since > REST_MS) {
        this.readiness = "ready";
        return;
      }
      if (now - began > SLOW_MS && this.readiness === "drawing") {
        this.readiness = "slow";
        this.watchOn();
        return;
      }
    }
  }

  /** A slow page holds up the others no longer, and is ready once it is drawn. */
  watchOn() {
    const timer = setInterval(() => {
      if (isDrawn(this.root.contentDocument)) this.readiness = "ready";
      else if (!this.root.contentDocument) this.load(this.address);
      if (this.ended || this.readiness === "ready") clearInterval(timer);
    }, AGAIN_MS);
  }

  /** @returns {Link} a page that is not there yet is at work */
  get link() {
    const page = this.root.contentDocument;
    if (page?.querySelector("h1") && !isConnected(page)) return "lost";
    if (isDrawn(page)) return "live";
    return this.live || this.readiness === "ready" ? "busy" : "first";
  }

  /** It is shown from now on, and has the keys. */
  enter() {
    this.root.contentWindow?.focus();
    this.root.contentWindow?.dispatchEvent(new Event(SHOWN));
  }

  /** It is shown no longer: what is live gives back the camera. */
  leave() {
    if (!this.live || !this.drawing) return;
    this.drawing = null;
    this.load(EMPTY);
  }

  end() {
    this.ended = true;
  }
}

/**
 * Whether a page stands: its script has run, nothing is computed beside it, and its viewers hold the pictures of all stages.
 * @param {Document | null} page
 */
function isDrawn(page) {
  if (!page || appOf(page)?.dataset.testScriptState !== "notRunning" || !page.querySelector("h1")) return false;
  if (page.querySelector(".rfsq-computing")) return false; // the server still makes what the page shows after its pictures
  return viewersOf(page).every((viewer) => {
    const badges = /** @type {NodeListOf<HTMLElement>} */ (viewer.querySelectorAll("figure .badge"));
    return !viewer.hasAttribute("data-fetching") && badges.length > 0 && [...badges].every((badge) => badge.hidden);
  });
}

/**
 * The viewers of pictures on a page; each is inside a component.
 * @param {Document | ShadowRoot} root
 * @returns {Element[]}
 */
function viewersOf(root) {
  const inside = [...root.querySelectorAll("*")].flatMap((node) => (node.shadowRoot ? viewersOf(node.shadowRoot) : []));
  return [...root.querySelectorAll(".viewer"), ...inside];
}

/**
 * How far a talk is prepared, in words that promise no more than is there.
 * @param {{ readiness: Readiness, title: string }[]} scenes
 * @param {string} server name of the machine that runs the app; empty: this one
 */
export function readinessText(scenes, server) {
  const titles = (/** @type {Readiness[]} */ ...of) =>
    scenes.filter(({ readiness }) => of.includes(readiness)).map(({ title }) => title);
  const [ready, open, live] = [titles("ready"), titles("waiting", "drawing", "slow"), titles("live")];
  const parts = [];
  if (open.length) parts.push(`${ready.length} of ${scenes.length - live.length} scenes are drawn.`);
  else {
    const many = ready.length === 1 ? "1 scene is" : `${ready.length} scenes are`;
    parts.push(`Ready, offline: ${many} drawn and held in this browser, and need no network.`);
  }
  if (live.length) parts.push(`Drawn when shown: ${live.join(", ")}.`);
  if (server) parts.push(`What you change in a scene is computed on ${server}, over the network.`);
  return parts.join(" ");
}
