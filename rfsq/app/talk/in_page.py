"""What a talk needs on every page: the button that adds its view, and, in the talk view, the keys that lead to the scenes.

The same part asks for the page anew when a lost server is back.
"""

from __future__ import annotations

import streamlit as st

from rfsq.app.shared.browser.component import component
from rfsq.app.shared.talk_view import talking
from rfsq.app.talk.page import scene_pages

_mount = component("rfsq_in_page", "talk/in_page.js", "talk/in_page.css")


def in_page(path: str) -> None:
    """Draw it below the page whose name in the address is `path`; nothing where no scene can show it."""
    pages = scene_pages()
    if path in pages:
        with st.container(key="talk-in-page"):
            _mount(key="in-page", data={"pages": pages, "talking": talking()}, on_returned_change=_do_nothing)


def _do_nothing() -> None:
    """Any report makes Streamlit run the page, which is all that is asked for when the server is back."""
