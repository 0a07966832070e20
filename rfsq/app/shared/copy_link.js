// Copies a link that restores the view. Where the browser refuses the clipboard, the link is shown to copy by hand.

import { el } from "./browser/elements.js";
import { onLinkChanged, wholeLink } from "./browser/link.js";
import { mount } from "./browser/mount.js";

/** @typedef {{ query: string, copied: string, untouched: boolean }} Data */

class CopyLink {
  constructor() {
    this.data = { query: "", copied: "", untouched: true };
    this.told = ""; // the link that `said` is about
    this.said = el("span", { role: "status" });
    this.field = el("input", { readonly: true, hidden: true, "aria-label": "Link to this view" });
    const button = el("button", { type: "button", onclick: () => this.copy() }, "Copy link");
    this.root = el("div", { class: "link" }, button, this.said, this.field);
    this.destroy = onLinkChanged(() => this.follow());
  }

  get path() {
    return `${location.pathname}?${wholeLink(this.data.query)}`;
  }

  /** @param {Data} data */
  receive(data) {
    this.data = data;
    this.follow();
  }

  /** The address of the page is the link. */
  follow() {
    const { query, untouched } = this.data;
    const link = wholeLink(query);
    if (this.told !== link) {
      this.told = link;
      this.said.textContent = "";
      this.field.hidden = true;
    }
    const first = untouched && link === new URLSearchParams(query).toString();
    if (location.search || !first) history.replaceState(history.state, "", this.path + location.hash);
  }

  async copy() {
    const link = location.origin + this.path;
    try {
      await navigator.clipboard.writeText(link);
      this.field.hidden = true;
      this.said.textContent = this.data.copied;
    } catch {
      // No permission, or neither https nor localhost.
      this.field.value = link;
      this.field.hidden = false;
      this.field.select();
      this.said.textContent = "Copy this link:";
    }
  }
}

export default mount(() => new CopyLink());
