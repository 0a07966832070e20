"""The lesson's steps as links: a click goes there without a reload, and each can be opened, kept or sent as a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from rfsq.app.lab.lesson import LESSON, STEPS, Step
from rfsq.app.lab.settings import write_lab_link

_KEY = "lab-steps"
_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "rfsq_lab_steps",
    css=(_HERE / "steps.css").read_text(encoding="utf-8"),
    js=(_HERE / "steps.js").read_text(encoding="utf-8"),
)


def lesson_steps(current: str, on_change: Callable[[], None]) -> None:
    """Draw the row of steps; `current` is marked."""
    steps = [{"name": step.name, "title": step.title, "query": write_lab_link(step.settings)} for step in LESSON]
    _mount(key=_KEY, data={"steps": steps, "current": current}, on_step_change=on_change)


def clicked_step() -> Step | None:
    """The step that was clicked, checked: the name comes from the browser."""
    result = st.session_state.get(_KEY)
    name = result.get("step") if isinstance(result, Mapping) else None
    return STEPS.get(name) if isinstance(name, str) else None
