"""Which pictures stand beside each other."""

from __future__ import annotations

import pytest

from rfsq.app.compare.plan import equal_bytes, equal_stages, nearest

COUNTS = {"none": 4, "layernorm": 4, "fsq": 1, "continuous": 1}
SIZES = {"none": (3000, 5500, 7700, 9709), "layernorm": (3700, 6900, 9949, 14_100), "fsq": (11_900,)}


def test_equal_stages_stay_at_the_last_one_that_a_model_has() -> None:
    plan = equal_stages(COUNTS)
    assert plan.positions == 4 and plan.reference is None
    assert [plan.stages_at("none", k) for k in (1, 4)] == [1, 4]
    assert [plan.stages_at("fsq", k) for k in (1, 4)] == [1, 1]
    assert plan.excess("none", 4) is None


def test_equal_bytes_takes_the_nearest_file_of_every_method() -> None:
    plan = equal_bytes("none", COUNTS, SIZES)
    assert plan.stages == {
        "none": (1, 2, 3, 4),
        "layernorm": (1, 2, 2, 3),
        "fsq": (1, 1, 1, 1),
        "continuous": (1, 1, 1, 1),
    }
    assert plan.excess("layernorm", 4) == pytest.approx(9949 / 9709 - 1)
    assert plan.excess("fsq", 4) == pytest.approx(11_900 / 9709 - 1)
    assert plan.excess("none", 2) == 0 and plan.excess("continuous", 4) is None
    other = equal_bytes("fsq", COUNTS, SIZES)
    assert other.positions == 1 and other.stages_at("layernorm", 4) == 3


def test_of_two_files_equally_near_the_smaller_is_taken() -> None:
    assert nearest(100, [90, 110]) == 1
