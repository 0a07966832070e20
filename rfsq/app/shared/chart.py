"""Every chart of the app is drawn here: its title as words of the page above it, and plotly without its bar of buttons."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.shared.talk_view import talking
from rfsq.figures.enlarged import enlarged
from rfsq.figures.headed import headed


def draw_chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    on_select: Callable[[], None] | None = None,
    over: Callable[[go.Figure], None] | None = None,
) -> None:
    """Draw a figure of `rfsq.figures`, larger in the talk view. Its title breaks where the page does: plotly breaks no lines.

    `key` names it on the page, `alt` says what it shows; `on_select` takes clicked points from `st.session_state[key]`;
    `over` draws what lies on the chart, `look.css` says where, and gets the figure without its title.
    """
    title, bare = headed(enlarged(figure) if talking() else figure)
    clicks: dict[str, Any] = {} if on_select is None else {"on_select": on_select, "selection_mode": "points"}

    def draw() -> None:
        st.plotly_chart(bare, theme=None, key=key, config={"displayModeBar": False}, alt=alt, **clicks)

    with st.container(key=f"room-{key}", gap=None):  # talk.css says of which charts a room sees this
        if title:
            st.html(f'<p class="rfsq-chart-title">{escape(title)}</p>')
        if over is None:
            draw()
            return
        with st.container(key=f"{key}-box"):
            draw()
            over(bare)
