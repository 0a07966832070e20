"""Paired differences over the photos."""

import pytest

from rfsq.figures.differences import differences


def test_differences_have_rules_at_zero_and_at_the_mean() -> None:
    figure = differences([1.0, 2.0, 3.0], title="t", axis="a")
    assert sorted(shape.x0 for shape in figure.layout.shapes) == [0.0, 2.0] and sum(figure.data[0].y) == 3


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least|needs a"):
        differences([1.0], title="t", axis="a")
