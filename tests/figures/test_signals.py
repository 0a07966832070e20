"""How strong the signal is that a stage rounds: an axis fixed by the levels, names at the lines."""

import math
from dataclasses import replace

import pytest
from chart_words import names

from rfsq.figures import SignalCurve, stage_signals

SIGNALS = [
    SignalCurve("rfsq-4x1024-none", (1.05, 0.655, 0.398, 0.05), 1.5),
    SignalCurve("rfsq-4x1024-layernorm", (0.55, 0.74, 0.73, 0.69), 1.5, emphasized=False),
]


def test_signals_have_an_axis_fixed_by_the_levels_and_names_at_their_lines() -> None:
    fig = stage_signals(SIGNALS, stage=2)
    weaker = [replace(curve, signal=tuple(value / 3 for value in curve.signal)) for curve in SIGNALS]
    assert fig.layout.yaxis.range == stage_signals(weaker, stage=2).layout.yaxis.range
    assert {"✕ none", "layernorm", "half a spacing"} <= set(names(fig))
    assert min(fig.data[-1].y) == 0.1 and "0.05 level spacings" in fig.data[-1].hovertext[-1]
    two_levels = stage_signals([replace(SIGNALS[0], most=0.5)], stage=1)
    assert "half a spacing" not in names(two_levels), "with two levels no signal is stronger"


@pytest.mark.parametrize("signal", [(), (0.0,), (math.nan,)])
def test_signals_must_be_positive(signal: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="positive"):
        stage_signals([SignalCurve("x", signal, 1.5)], stage=1)
    with pytest.raises(ValueError, match="at least one curve"):
        stage_signals([], stage=1)
