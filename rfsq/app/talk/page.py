"""The page "Talk": a list of scenes, prepared beforehand and shown on the whole screen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rfsq.app.look import page_head
from rfsq.app.pages import PAGES
from rfsq.app.shared.browser.component import component

TITLE: Final = "What do I show, and in which order?"
TRY: Final = (
    "Prepare all scenes, then start: digits or a clicker lead through them. Every page can add its view as a scene."
)
SHIPPED: Final = Path(__file__).with_name("ten_minutes.json")
LIVE: Final = ("live-camera",)  # pages that are drawn only while they are shown

_mount = component("rfsq_talk", "talk/talk.js", "talk/talk.css")


def scene_pages() -> dict[str, str]:
    """Titles of the pages that a scene can show, by their names in the address."""
    return {page.path: page.title for page in PAGES if page.folder != "talk"}


def talk_page() -> None:
    """Draw the page."""
    page_head(TITLE, TRY)
    data = {"pages": scene_pages(), "live": LIVE, "shipped": SHIPPED.read_text(encoding="utf-8")}
    _mount(key="talk", data=data)
