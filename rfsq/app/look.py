"""The look of all pages: what the theme in .streamlit/config.toml cannot say, and the head."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.shared.talk_view import talking
from rfsq.style.palette import THEMES, Theme

_STYLE = Path(__file__).with_name("look.css").read_text(encoding="utf-8")
_TALK = Path(__file__).with_name("talk.css").read_text(encoding="utf-8")  # after it, in the talk view


def current_theme() -> Theme:
    """What the viewer's browser shows; light until it has said so."""
    return "dark" if st.context.theme.type == "dark" else "light"


def apply_look() -> None:
    """Put the style into the page."""
    colors = THEMES[current_theme()]
    style = f"{_STYLE}\n{_TALK}" if talking() else _STYLE
    st.html(f"<style>:root {{ --rfsq-text: {colors.text}; --rfsq-page: {colors.page}; }}\n{style}</style>")


def page_head(title: str, hint: str = "") -> DeltaGenerator:
    """The top of every page: the question that it answers, and what to try, unless that stands elsewhere or is said by a
    speaker.

    Returns the row, for a switch of the whole page to stand in.
    """
    head = st.container(key="head", horizontal=True)
    with head:
        st.title(title, anchor=False)
        if hint and not talking():
            st.markdown(hint)
    return head
