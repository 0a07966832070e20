"""Every chart of the app is drawn here: without plotly's bar of buttons, and large in the talk view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.shared.talk_view import talking
from rfsq.figures.enlarged import enlarged


def draw_chart(figure: go.Figure, *, key: str, alt: str, on_select: Callable[[], None] | None = None) -> None:
    """Draw a figure of `rfsq.figures`. `key` names it on the page, `alt` says what it shows; `on_select` takes clicked points
    from `st.session_state[key]`."""
    clicks: dict[str, Any] = {} if on_select is None else {"on_select": on_select, "selection_mode": "points"}
    shown = enlarged(figure) if talking() else figure
    st.plotly_chart(shown, theme=None, key=key, config={"displayModeBar": False}, alt=alt, **clicks)
