"""Mounts a part of the page that is written in JavaScript: its module, what that imports, and its style."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from rfsq.app.shared.browser.modules import bundle

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

APP = Path(__file__).parents[2]


def component(name: str, script: str, *styles: str, html: str | None = None) -> ComponentRenderer:
    """A function that draws the part, as `streamlit.components.v2.component` returns it.

    script, styles: files in `rfsq/app`, "lab/plane.js". The script's default export is what Streamlit calls.
    Raises ValueError if the script imports what `bundle` refuses.
    """
    css = "\n".join((APP / style).read_text(encoding="utf-8") for style in styles) or None
    return st.components.v2.component(name, html=html, css=css, js=bundle(APP, script))
