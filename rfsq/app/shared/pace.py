"""How fast this machine was so far with each network, so that a page can say how long a large picture will take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

_KEPT = 8  # latest measurements of each kind


class Pace:
    """Seconds per megapixel of what was computed, the latest few."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], list[float]] = {}

    @contextmanager
    def measured(self, what: str, network: str, megapixels: float) -> Iterator[None]:
        """Measure what is done inside, if it comes to its end. what: "encode" or "decode"."""
        started = time.perf_counter()
        yield
        found = (time.perf_counter() - started) / megapixels
        self._seconds[what, network] = [*self._seconds.get((what, network), ())[-_KEPT + 1 :], found]

    def seconds(self, what: str, network: str, megapixels: float) -> float | None:
        """What that many megapixels should take: the median, of other networks if this one was never used; or None."""
        known = self._seconds.get((what, network)) or [
            value for (kind, _), values in self._seconds.items() if kind == what for value in values
        ]
        return megapixels * sorted(known)[len(known) // 2] if known else None


@st.cache_resource(show_spinner=False)
def pace() -> Pace:
    """The one of this process."""
    return Pace()
