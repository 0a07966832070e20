"""The lesson's steps as links: a click goes there without a reload, and each can be opened, kept or sent as a link."""

from __future__ import annotations

from collections.abc import Callable

from rfsq.app.lab.lesson import LESSON, STEPS, Step
from rfsq.app.lab.settings import write_lab_link
from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import report

_KEY = "lab-steps"
_mount = component("rfsq_lab_steps", "lab/steps.js", "lab/steps.css")


def lesson_steps(current: str, on_change: Callable[[], None]) -> None:
    """Draw the row of steps; `current` is marked."""
    steps = [{"name": step.name, "title": step.title, "query": write_lab_link(step.settings)} for step in LESSON]
    _mount(key=_KEY, data={"steps": steps, "current": current}, on_step_change=on_change)


def clicked_step() -> Step | None:
    """The step that was clicked, checked: the name comes from the browser."""
    said = report(_KEY, "step")
    name = said.get("name") if said else None
    return STEPS.get(name) if isinstance(name, str) else None
