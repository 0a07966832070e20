"""What charts share: labels that do not touch, and ranges of a log axis."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from rfsq.figures.parts import log_range, spread_labels


@settings(deadline=None)  # no test asserts a time
@given(
    st.lists(st.floats(-3, 3), min_size=1, max_size=8),
    st.floats(0.01, 0.3),
)
def test_spread_labels_are_apart_inside_and_in_order(positions: list[float], gap: float) -> None:
    spread = spread_labels(positions, gap, -3, 3)
    order = np.argsort(positions, kind="stable")
    assert np.all(np.diff(np.array(spread)[order]) >= gap - 1e-9)
    assert min(spread) >= -3 - 1e-9 and max(spread) <= 3 + 1e-9


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread_labels([0.0, -1.0, 1.0], 0.5, -2, 2) == pytest.approx([0.0, -1.0, 1.0])


def test_two_equal_labels_move_apart_by_the_same_amount() -> None:
    assert spread_labels([0.0, 0.0], 0.4, -2, 2) == pytest.approx([-0.2, 0.2])


def test_too_many_labels_fill_the_range_evenly() -> None:
    assert spread_labels([0.0] * 5, 10, 0, 1) == pytest.approx([0, 0.25, 0.5, 0.75, 1])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 0.0075], (0.005, 1.0)),
        ([1.0, 0.14], (0.1, 1.0)),
        ([1.792, 0.003], (0.002, 2.0)),
        ([0.5, 0.02], (0.02, 0.5)),  # already round
        ([1.0, 0.9], (0.2, 1.0)),  # never narrower than a factor of 5
        ([1.0, 0.05, 0.0], (0.02, 1.0)),  # a floor below every real value
        ([0.0, 0.0], (0.1, 1.0)),
    ],
)
def test_log_range_is_rounded_outwards_to_1_2_5(values: list[float], expected: tuple[float, float]) -> None:
    assert log_range(values) == pytest.approx(expected)
