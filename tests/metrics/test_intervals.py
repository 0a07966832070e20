"""Intervals: they cover the true mean as often as they claim, and pairing makes them narrow."""

import numpy as np
import pytest

from rfsq.metrics.intervals import difference_over_runs, mean_interval, paired_difference


def test_an_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        interval = mean_interval(rng.gamma(4, 1, 60))
        covered += interval.low <= 4 <= interval.high
    assert 180 <= covered <= 199  # 95 % of 200 is 190


def test_an_interval_is_the_same_every_time_and_contains_its_mean() -> None:
    values = np.random.default_rng(1).normal(30, 2, 400)
    first, again = mean_interval(values), mean_interval(list(values))
    assert first == again and first.low < first.mean < first.high and first.images == 400
    assert first.high - first.low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)


def test_pairing_removes_what_both_share() -> None:
    rng = np.random.default_rng(2)
    difficulty = rng.normal(28, 5, 300)
    one, other = difficulty + 0.2 + rng.normal(0, 0.1, 300), difficulty
    difference = paired_difference(one, other)
    assert difference.excludes_zero and difference.mean == pytest.approx(0.2, abs=0.03)
    assert difference.high - difference.low < 0.05
    assert mean_interval(one).low < mean_interval(other).high  # unpaired, the two cannot be told apart
    assert not paired_difference(difficulty, difficulty).excludes_zero


@pytest.mark.slow
def test_fifty_thousand_images_have_an_interval_too() -> None:
    values = np.random.default_rng(3).normal(0, 1, 50_000)
    assert mean_interval(values).high < 0.02


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], "at least two"),
        ([1.0], "at least two"),
        ([1.0, float("nan")], "finite"),
        ([[1.0, 2.0]], "at least two"),
    ],
)
def test_what_has_no_interval_is_refused(values: list[float], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        mean_interval(values)
    with pytest.raises(ValueError, match="same images"):
        paired_difference([1.0, 2.0], [1.0])


def test_an_interval_over_runs_covers_the_difference_of_two_methods_about_as_often_as_it_says() -> None:
    """Each run has a mean of its own, each photo a difficulty of its own: the true difference is 0.3."""
    rng = np.random.default_rng(4)
    covered, too_narrow = 0, 0
    for _ in range(200):
        difficulty = rng.normal(28, 3, 80)
        mine, theirs = (
            [difficulty + level + rng.normal(0, 0.1) + rng.normal(0, 0.3, 80) for _ in range(4)] for level in (0.3, 0.0)
        )
        over_runs, first = difference_over_runs(mine, theirs), paired_difference(mine[0], theirs[0])
        covered += over_runs.low <= 0.3 <= over_runs.high
        too_narrow += not first.low <= 0.3 <= first.high
    assert 184 <= covered <= 200
    assert too_narrow > 60  # what one run each says of another run


def test_an_interval_over_runs_says_what_comes_from_the_photos_and_what_from_the_runs() -> None:
    difficulty = np.linspace(20, 40, 50)
    same = [difficulty] * 3
    difference = difference_over_runs([difficulty + 1, difficulty + 2, difficulty + 3], same)
    assert difference.mean == pytest.approx(2) and difference.runs == 3 and difference.images == 50
    assert difference.of_images == pytest.approx(0) and difference.of_runs == pytest.approx(
        4.303 / np.sqrt(3), rel=1e-3
    )
    assert difference.high - 2 == pytest.approx(difference.of_runs) == pytest.approx(2 - difference.low)
    assert difference_over_runs(same, same).of_runs == 0
    uneven = difference_over_runs(same, [difficulty * 1.1] * 4)
    assert uneven.of_runs == 0 and uneven.of_images > 0 and uneven.runs == 3


def test_one_run_has_no_interval_over_runs() -> None:
    with pytest.raises(ValueError, match="at least two of each"):
        difference_over_runs([[1.0, 2.0]], [[1.0, 2.0]] * 3)
