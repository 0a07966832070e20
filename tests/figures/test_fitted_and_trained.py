"""Fitted beside trained: dots, and paired differences."""

import pytest

from rfsq.figures.fitted_and_trained import FittedRow, fitted_and_trained, paired_rows
from rfsq.metrics.intervals import Interval

ROWS = [FittedRow("none", 25.7, 29.4), FittedRow("gain", 28.0), FittedRow("layernorm-global", 30.4, 30.35)]


@pytest.mark.parametrize("narrow", [False, True])
def test_fitted_is_hollow_trained_is_full_and_the_ceiling_a_rule(narrow: bool) -> None:
    figure = fitted_and_trained({"40 bits": ROWS}, 30.46, title="t", narrow=narrow)
    none, gain, frozen = figure.data
    assert list(none.x) == [25.7, 29.4] and list(none.marker.symbol) == ["x-open", "x"]
    assert list(gain.x) == [28.0] and list(frozen.marker.symbol) == ["star-open", "star"]
    assert [shape.x0 for shape in figure.layout.shapes] == [30.46]
    assert (figure.layout.margin.l < 20) == narrow


def test_without_a_ceiling_there_is_no_rule_and_marks_have_their_own_names() -> None:
    figure = fitted_and_trained({"20 bits": ROWS[:1]}, None, title="t", marks=("without noise", "with noise"))
    assert not figure.layout.shapes and all(words.text.find("unquantized") < 0 for words in figure.layout.annotations)
    assert ["without noise" in figure.data[0].hovertext[0], "with noise" in figure.data[0].hovertext[1]] == [True] * 2


def test_what_exists_only_trained_is_one_full_mark() -> None:
    (alone,) = fitted_and_trained({"8×8": [FittedRow("scale", None, 24.8)]}, None, title="t").data
    assert list(alone.x) == [24.8] and list(alone.marker.symbol) == ["diamond"] and "trained" in alone.hovertext[0]


def test_a_difference_far_from_the_others_is_a_word_at_the_edge() -> None:
    rows = {
        "rfsq-4x1024-none": Interval(-3.65, -3.7, -3.6, 400),
        "rfsq-4x1024-scale": Interval(-0.1, -0.11, -0.09, 400),
        "rvq-4x1024": Interval(0.02, 0.01, 0.03, 400),
    }
    figure = paired_rows(rows, title="t", axis="a")
    assert [trace.x[0] for trace in figure.data] == [-0.1, 0.02]
    assert any("← −3.65 dB" in words.text for words in figure.layout.annotations)
    assert figure.data[0].error_x.array[0] == pytest.approx(0.01)
    low, high = figure.layout.xaxis.range
    assert -1 < low < -0.11 and high == -low


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        fitted_and_trained({}, 1.0, title="t")
    with pytest.raises(ValueError, match="at least"):
        paired_rows({}, title="t", axis="a")
