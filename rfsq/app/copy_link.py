"""The "Copy link" button: a link that restores the view, and the page's own address kept in step with it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rfsq.app.links import write_link
from rfsq.app.settings import OWN_PHOTO, Settings

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "rfsq_copy_link",
    css=(_HERE / "copy_link.css").read_text(encoding="utf-8"),
    js=(_HERE / "copy_link.js").read_text(encoding="utf-8"),
)


def copy_link(settings: Settings) -> None:
    """Draw the button. A reload restores the view too, because the address is replaced (without a step in history)."""
    copied = "Link copied."
    if settings.photo == OWN_PHOTO:
        copied += " Your own photo is not in it; the receiver sees the example."
    _mount(
        key="copy_link",
        data={"query": write_link(settings), "copied": copied, "untouched": settings == Settings()},
    )
