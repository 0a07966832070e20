"""Tabs of a browser that tests use one after the other: a tab that has shown a page of the app once shows the next one
for half of the processor's time, as it has compiled the page's code."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from pages import PATIENCE_MS
from playwright.sync_api import Browser, BrowserContext, Error, Page

LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
DESK = {"width": 1440, "height": 900}
FRESH = "local_storage,indexeddb,cache_storage,service_workers"


class Tab:
    """A page in a context of its own, watched: what left this machine and what failed in it is noted until it is asked."""

    def __init__(self, context: BrowserContext) -> None:
        self.context, self.foreign, self.errors = context, list[str](), list[str]()
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("request", lambda request: self._note(request.url))
        page.on("websocket", lambda channel: self._note(channel.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in LOCAL_HOSTS:
            self.foreign.append(url)

    def seen(self) -> tuple[list[str], list[str]]:
        """Addresses elsewhere that were asked for, and uncaught errors, since the last call."""
        seen = self.foreign, self.errors
        self.foreign, self.errors = [], []
        return seen

    def emptied(self) -> bool:
        """Leave the page, as closing it would, with all that it kept; whether the tab is as good as new after that."""
        try:
            for page in self.context.pages:
                if page is not self.page:
                    page.close()
            if self.page.is_closed():
                return False
            self.context.set_offline(False)
            self.context.clear_cookies()
            parts = urlsplit(self.page.url)
            if parts.scheme.startswith("http"):
                self.page.evaluate("sessionStorage.clear()")
            self.page.unroute_all()
            self.page.mouse.move(0, 0)
            self.page.goto("about:blank")
            if parts.scheme.startswith("http"):
                session = self.context.new_cdp_session(self.page)
                origin = f"{parts.scheme}://{parts.netloc}"
                session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": FRESH})
                session.detach()
        except Error:
            return False
        return True


class Tabs:
    """Lends tabs of a browser. A test that changes what no next one must meet (its sockets, its scripts) closes its page."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._free: dict[str, list[Tab]] = {}

    def take(
        self,
        viewport: dict[str, int] | None = None,
        color_scheme: str = "light",
        reduced_motion: str = "no-preference",
        init_script: str | None = None,
        **options: Any,
    ) -> tuple[str, Tab]:
        """A tab without a page, with its kind, for `give_back`; `init_script` runs first in every frame, `options` are
        those of `browser.new_context`."""
        kind = json.dumps([init_script, options], sort_keys=True)
        if free := self._free.get(kind):
            tab = free.pop()
        else:
            tab = Tab(self.browser.new_context(viewport=viewport or DESK, **options))
            if init_script is not None:
                tab.context.add_init_script(init_script)
        tab.page.set_default_timeout(PATIENCE_MS)
        tab.page.set_viewport_size(viewport or DESK)
        tab.page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        return kind, tab

    def give_back(self, kind: str, tab: Tab) -> None:
        if tab.emptied():
            self._free.setdefault(kind, []).append(tab)
        else:
            tab.context.close()
