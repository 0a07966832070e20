"""Every chart of the app is drawn here: without plotly's bar of buttons, and, in the talk view, large below its title."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.shared.talk_view import talking
from rfsq.figures.enlarged import enlarged
from rfsq.figures.headed import headed


def draw_chart(figure: go.Figure, *, key: str, alt: str, on_select: Callable[[], None] | None = None) -> None:
    """Draw a figure of `rfsq.figures`. `key` names it on the page, `alt` says what it shows; `on_select` takes clicked points
    from `st.session_state[key]`."""
    clicks: dict[str, Any] = {} if on_select is None else {"on_select": on_select, "selection_mode": "points"}

    def draw(shown: go.Figure) -> None:
        st.plotly_chart(shown, theme=None, key=key, config={"displayModeBar": False}, alt=alt, **clicks)

    if not talking():
        draw(figure)
        return
    title, bare = headed(enlarged(figure))
    with st.container(key=f"room-{key}"):  # talk.css says of which charts a room sees this
        if title:
            st.html(f'<h2 class="rfsq-chart-title">{escape(title)}</h2>')
        draw(bare)
