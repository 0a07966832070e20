"""Guided steps as links: a click goes there without a reload, and each can be opened, kept or sent as a link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import report

_mount = component("rfsq_guided_steps", "shared/guided_steps.js", "shared/guided_steps.css")


@dataclass(frozen=True)
class StepLink:
    """One step of the row."""

    name: str  # what a click reports
    title: str
    query: str  # of the link, without "?"


def guided_steps(key: str, steps: Sequence[StepLink], current: str, on_change: Callable[[], None]) -> None:
    """Draw the row of steps; `current` is marked."""
    _mount(key=key, data={"steps": [asdict(step) for step in steps], "current": current}, on_step_change=on_change)


def clicked_step(key: str) -> str | None:
    """The name that was clicked. It comes from the browser: whoever asks looks it up among the steps that there are."""
    said = report(key, "step")
    name = said.get("name") if said else None
    return name if isinstance(name, str) else None
