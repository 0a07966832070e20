"""Runs that several figures of the Lab are drawn of."""

from __future__ import annotations

import pytest

from rfsq.teaching.lab import LabRun, Stack, draw, fit_stack, run_stack


@pytest.fixture(scope="session")
def runs() -> dict[str, LabRun]:
    """None and scale on the same Gaussian samples, three stages of four levels."""
    fit, shown = draw("gaussian", 1500, 0), draw("gaussian", 1500, 1)
    return {name: run_stack(fit_stack(Stack("fsq", name, 4, 3), fit), shown) for name in ("none", "scale")}  # type: ignore[arg-type]
