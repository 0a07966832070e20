"""Time that passes when a test says so, for what waits, pauses or measures by the clock."""

from __future__ import annotations

import time
from types import ModuleType

import pytest


class Clock:
    """Stands where a module has `time`: it stands still until `pass_time`."""

    def __init__(self) -> None:
        self.now = time.monotonic()  # as modules beside it have it

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic

    @classmethod
    def of(cls, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> Clock:
        """One that these modules go by."""
        clock = cls()
        for module in modules:
            monkeypatch.setattr(module, "time", clock)
        return clock
