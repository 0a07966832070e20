// The page Talk: a list of scenes, prepared in frames of their own, and the stage that shows them one by one.

import { button, el, setText } from "../shared/browser/elements.js";
import { mount } from "../shared/browser/mount.js";
import { themeOf } from "../shared/browser/theme.js";
import { baseOf, readAddress, writeAddress } from "./address.js";
import { Away } from "./away.js";
import { Card } from "./card.js";
import { Clock } from "./clock.js";
import { readinessText, SceneFrame } from "./frames.js";
import { keepOwn, moved, ownTalk, withScene } from "./own_talk.js";
import { packed, unpacked } from "./packed.js";
import { Stage } from "./stage.js";
import { addressOf, readTalk, sceneOf, writeTalk } from "./talk_file.js";
import { Windows } from "./windows.js";

/** @typedef {import("./talk_file.js").Talk} Talk */
/** @typedef {import("./talk_file.js").Pages} Pages */
/** @typedef {{ pages: Pages, live: string[], shipped: string }} Data pages of the app, which of them are drawn while shown only, the talk that ships */

const LOOK_MS = 500;
const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const KEYS =
  "1–9 a scene · Page Down, Page Up the next, the one before · B black · T clock · F full screen · S save the view as a scene · Esc back to this list";

class TalkPage {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.shipped = readTalk(data.shipped, data.pages);
    this.talk = this.shipped;
    this.address = readAddress(location.search);
    this.isOwn = false;
    /** @type {Card[]} */
    this.cards = [];
    this.clock = new Clock();
    this.sources = el("div", { class: "sources", role: "group", "aria-label": "Which talk" });
    this.file = el("input", { type: "file", accept: ".json,application/json", hidden: true });
    this.file.addEventListener("change", () => this.open());
    this.start = button("Start", "Show the first scene on the whole screen", () => this.startTalk(), { class: "main" });
    this.ready = button("Prepare all", "Draw all scenes now, so that none has to be waited for", () => this.prepare(1));
    this.adopt = button("Make it yours", "Take these scenes as your own talk, to be changed", () => this.makeOwn());
    this.bar = el(
      "div",
      { class: "bar" },
      ...[this.start, this.ready],
      button("Speaker window", "A second window with the clock and the list: both move together", () =>
        this.openSpeaker(),
      ),
      button("Open file", "Open a talk (JSON)", () => this.file.click()),
      button("Save file", "Save this talk (JSON)", () => this.save()),
      button("Copy link", "Copy a link to this talk, all its scenes included", () => this.copy()),
      ...[this.adopt, this.file],
    );
    this.status = el("p", { class: "status", role: "status" });
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.next = el("p", { class: "next" });
    this.list = el("ol", { class: "scenes" });
    const reset = button("Clock to 0", "The talk begins anew", () => this.clock.reset());
    this.side = el("div", { class: "side" }, this.clock.root, reset);
    const head = el("div", { class: "head" }, this.sources, this.bar, this.problem, this.status, this.next);
    this.root = el("div", { class: "talk" }, head, this.side, this.list, el("p", { class: "keys" }, KEYS));
    this.stage = new Stage(this.root, this.clock, {
      count: this.talk.scenes.length,
      leads: () => this.address.speaker,
      show: (scene) => this.show(scene),
      page: () => this.cards[this.stage.scene - 1]?.frame?.root.contentWindow ?? null,
      save: (scene) => this.saveView(scene),
      tell: (place) => this.windows.tell(place),
    });
    this.away = new Away();
    this.root.append(...this.stage.nodes, this.away.root);
    this.windows = new Windows(
      (place) =>
        place.scene <= this.talk.scenes.length && (place.scene || this.address.speaker) && this.stage.go(place, true),
      () => this.stage,
    );
    this.sizes = new ResizeObserver(() => this.shrink());
    this.sizes.observe(this.list);
    this.timer = setInterval(() => this.write(), LOOK_MS);
    this.heard = () => this.writeSources();
    window.addEventListener("storage", this.heard);
    /** @type {Promise<void> | null} */
    this.begun = null;
  }

  destroy() {
    clearInterval(this.timer);
    this.sizes.disconnect();
    window.removeEventListener("storage", this.heard);
    for (const { frame } of this.cards) frame?.end();
    this.stage.end();
    this.windows.end();
    this.clock.end();
  }

  /** It stands on the page now, which has a theme and an address. */
  receive() {
    this.begun ??= this.follow();
  }

  // ---- which talk --------------------------------------------------------------------------------------------------

  /** The talk and the scene of the address; of one that names neither, the person's own talk where there is one. */
  async follow() {
    const { list, scene, speaker } = this.address;
    this.root.toggleAttribute("data-speaker", speaker);
    const own = list || scene || speaker ? null : ownTalk(this.data.pages);
    try {
      if (own) this.take(own, await packed(writeTalk(own)));
      else this.take(list ? readTalk(await unpacked(list), this.data.pages) : this.shipped, list);
    } catch (error) {
      this.complain(error, "Showing the talk that ships.");
      this.take(this.shipped, "");
    }
    if (scene) this.begin(Math.min(scene, this.talk.scenes.length));
    else if (speaker) this.show(0);
    if (speaker) this.windows.ask();
  }

  /**
   * @param {Talk} talk
   * @param {string} list as a link holds it, "" for the one that ships
   */
  take(talk, list) {
    this.talk = talk;
    this.address = { ...this.address, list };
    const own = ownTalk(this.data.pages);
    this.isOwn = list !== "" && own !== null && writeTalk(own) === writeTalk(talk);
    this.windows.talk = list;
    this.clock.minutes = talk.minutes;
    this.clock.write();
    this.build();
    this.writeAddress();
    this.writeSources();
    this.stage.take(talk.scenes.length);
    if (this.stage.scene) this.prepare(this.stage.scene);
  }

  /** @param {Talk} talk the person's own, changed */
  async change(talk) {
    keepOwn(talk);
    if (talk.scenes.length) this.take(talk, await packed(writeTalk(talk)));
    else this.take(this.shipped, "");
  }

  async makeOwn() {
    const own = ownTalk(this.data.pages);
    const sure = `Replace your talk of ${own?.scenes.length} scenes?`;
    if (own && this.adopt.textContent !== sure) return setText(this.adopt, sure);
    setText(this.adopt, "Make it yours");
    return this.change(this.talk);
  }

  writeSources() {
    const own = ownTalk(this.data.pages);
    const choice = (/** @type {string} */ words, /** @type {boolean} */ on, /** @type {() => unknown} */ act) =>
      button(words, words, act, { "aria-pressed": String(on) });
    const { list } = this.address;
    const found = [choice(this.shipped.title, list === "", () => this.take(this.shipped, ""))];
    if (list && !this.isOwn) found.push(choice(this.talk.title, true, () => {}));
    if (own) {
      const count = own.scenes.length === 1 ? "1 scene" : `${own.scenes.length} scenes`;
      found.push(
        choice(`${own.title} (yours, ${count})`, this.isOwn, async () => this.take(own, await packed(writeTalk(own)))),
      );
    }
    this.sources.replaceChildren(...found);
    this.adopt.hidden = this.isOwn;
  }

  // ---- the list ----------------------------------------------------------------------------------------------------

  build() {
    for (const { frame } of this.cards) frame?.end();
    const { pages, live } = this.data;
    const [base, theme] = [baseOf(location.pathname), themeOf(this.root)];
    this.cards = this.talk.scenes.map((scene, i) => {
      const address = addressOf(scene, base, theme);
      const opened = (/** @type {Window} */ page) => this.stage.listen(page);
      const frame = this.address.speaker
        ? null
        : new SceneFrame(scene.title, address, live.includes(scene.page), opened);
      return new Card(i + 1, scene.title, pages[scene.page], frame, {
        show: () => this.begin(i + 1),
        rename: this.isOwn ? (title) => this.rename(i, title) : null,
        move: (by) => this.change(moved(this.talk, i, by)),
        remove: () => this.change({ ...this.talk, scenes: this.talk.scenes.filter((_, other) => other !== i) }),
      });
    });
    this.list.replaceChildren(...this.cards.map((card) => card.root));
    this.shrink();
    this.write();
  }

  /**
   * @param {number} index
   * @param {string} title
   */
  rename(index, title) {
    const words = title
      .replace(/\p{Cc}+/gu, " ")
      .trim()
      .slice(0, 80);
    const scenes = this.talk.scenes.map((scene, i) => (i === index && words ? { ...scene, title: words } : scene));
    this.change({ ...this.talk, scenes });
  }

  /** Frames are laid out for the whole window, and drawn as small as their cards. */
  shrink() {
    const width = this.cards[0]?.slot.clientWidth ?? 0;
    if (width) this.root.style.setProperty("--shrink", String(width / window.innerWidth));
  }

  write() {
    for (const card of this.cards) card.write();
    this.away.look(this.cards[this.stage.scene - 1]?.frame?.link ?? "live", performance.now());
    const scenes = this.cards.flatMap(({ frame }, i) => {
      return frame ? [{ readiness: frame.readiness, title: this.talk.scenes[i].title }] : [];
    });
    const server = LOCAL.includes(location.hostname) ? "" : location.hostname;
    setText(this.status, scenes.length ? readinessText(scenes, server) : "");
    this.ready.hidden = !scenes.some(({ readiness }) => readiness === "waiting");
  }

  /** @param {number} first scene, from 1: the others follow, in the order of the talk */
  async prepare(first) {
    const { cards } = this;
    for (const card of [...cards.slice(first - 1), ...cards.slice(0, first - 1)]) {
      if (this.cards !== cards) return;
      if (card.frame && !card.frame.live) await card.frame.prepare();
    }
  }

  // ---- the stage ---------------------------------------------------------------------------------------------------

  startTalk() {
    this.stage.fill(true);
    this.begin(1);
  }

  /** @param {number} scene */
  begin(scene) {
    this.stage.go({ scene, black: false });
    this.prepare(scene);
  }

  /** @param {number} scene from 1; 0: the list */
  show(scene) {
    const { scenes } = this.talk;
    this.cards.forEach((card, i) => {
      card.mark(i + 1 === scene);
      if (i + 1 === scene) card.frame?.prepare();
      else card.frame?.leave();
    });
    const following = scene < scenes.length ? `Next: ${scene + 1}. ${scenes[scene].title}` : "This is the last scene.";
    const now = scene ? `Now: ${scene}. ${scenes[scene - 1].title}.` : "Not started: a digit or Page Down does.";
    setText(this.next, this.address.speaker ? `${now} ${following}` : "");
    this.address = { ...this.address, scene };
    this.writeAddress();
    this.cards[scene - 1]?.frame?.enter();
  }

  /** @param {number} scene */
  saveView(scene) {
    const { pages } = this.data;
    const at = this.cards[scene - 1]?.frame?.location;
    const found = at && sceneOf(at, this.talk.scenes[scene - 1].title, pages);
    if (!found) return this.stage.say("This view cannot be saved as a scene.");
    try {
      const talk = withScene(ownTalk(pages), found);
      keepOwn(talk);
      this.writeSources();
      this.stage.say(`Saved as scene ${talk.scenes.length} of your talk.`);
    } catch (error) {
      this.stage.say(error instanceof Error ? error.message : String(error));
    }
  }

  openSpeaker() {
    const search = writeAddress({ ...this.address, scene: this.stage.scene, speaker: true });
    window.open(`${location.pathname}${search}`, "_blank", "popup,width=1100,height=760");
  }

  // ---- keeping -----------------------------------------------------------------------------------------------------

  /** The address of the page restores it; a page that another one has taken the place of leaves the address alone. */
  writeAddress() {
    if (location.pathname.endsWith("/talk"))
      history.replaceState(history.state, "", location.pathname + writeAddress(this.address));
  }

  async open() {
    const file = this.file.files?.[0];
    this.file.value = "";
    if (!file) return;
    this.problem.hidden = true;
    try {
      if (file.size > 65_536) throw new Error("This is no talk: it is larger than 64 kB.");
      const talk = readTalk(await file.text(), this.data.pages);
      this.take(talk, await packed(writeTalk(talk)));
    } catch (error) {
      this.complain(error, "The scenes stay as they were.");
    }
  }

  save() {
    const link = el("a", { download: `${this.talk.title.replace(/[^\p{Letter}\p{Number}]+/gu, "_")}.talk.json` });
    link.href = URL.createObjectURL(new Blob([writeTalk(this.talk)], { type: "application/json" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async copy() {
    const link = `${location.origin}${location.pathname}${writeAddress({ ...this.address, scene: 0, speaker: false })}`;
    try {
      await navigator.clipboard.writeText(link);
      this.stage.say("Link copied. Photos of your own are not in it.");
    } catch {
      this.stage.say("The browser did not allow to copy: the link is this page's address.");
    }
  }

  /**
   * @param {unknown} error
   * @param {string} outcome
   */
  complain(error, outcome) {
    setText(this.problem, `${error instanceof Error ? error.message : error} ${outcome}`);
    this.problem.hidden = false;
  }
}

export default mount((/** @type {Data} */ data) => new TalkPage(data));
