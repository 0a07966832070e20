"""The page's style: what the theme in .streamlit/config.toml cannot say."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rfsq.style.palette import THEMES, Theme

_STYLE = Path(__file__).with_name("look.css").read_text(encoding="utf-8")


def current_theme() -> Theme:
    """What the viewer's browser shows; light until it has said so."""
    return "dark" if st.context.theme.type == "dark" else "light"


def apply_look(theme: Theme) -> None:
    """Put the style into the page."""
    colors = THEMES[theme]
    st.html(f"<style>:root {{ --rfsq-text: {colors.text}; --rfsq-page: {colors.page}; }}\n{_STYLE}</style>")
