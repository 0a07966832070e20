"""Sliders for the factors of all stages, which report while they are dragged (Streamlit's own report on release)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import report
from rfsq.teaching.lab.stacks import MAX_FACTOR, MIN_FACTOR

_KEY = "lab-factors"
_mount = component("rfsq_lab_factors", "lab/factors.js", "lab/factors.css")


def factor_sliders(
    factors: Sequence[float], fitted: Sequence[float], *, what: str, setting: str, on_change: Callable[[], None]
) -> None:
    """Draw a slider for each stage. fitted: where a tick marks the best of the grid. what: "factor" or "gain".

    `setting` names all else that the factors belong to: what is dragged for one setting never lands in another.
    """
    _mount(
        key=_KEY,
        data={
            "factors": list(factors),
            "fitted": list(fitted),
            "what": what,
            "setting": setting,
            "low": MIN_FACTOR,
            "high": MAX_FACTOR,
        },
        on_factors_change=on_change,
    )


def dragged_factors(setting: str, stages: int) -> tuple[float, ...] | None:
    """What was last dragged, checked: it comes from the browser. None if it is of another setting."""
    said = report(_KEY, "factors")
    if said is None or said.get("setting") != setting:
        return None
    values = said.get("values")
    if not isinstance(values, list | tuple) or len(values) != stages:
        return None
    if not all(isinstance(value, int | float) and MIN_FACTOR <= value <= MAX_FACTOR for value in values):
        return None
    return tuple(float(f"{value:.5g}") for value in values)
