"""Low rates on the test photos: bands are those of the curves, pairs are counted photo by photo, verdicts follow."""

from dataclasses import replace

import numpy as np
import pytest

from rfsq.evidence.files.photos import FilePhotos, PhotoPoint
from rfsq.evidence.low_rates.goals import Goal, band, outcome, pairs
from rfsq.evidence.low_rates.words import FINE

PIXELS = 80_000  # of a photo here: 100 bytes are 0.01 bpp
PHOTOS = 50


def points(
    *settings: tuple[float, float], overhead: int = 0, spread: float = 0.0, seed: int = 0
) -> tuple[PhotoPoint, ...]:
    """Of bytes and ST-LPIPS (AlexNet); each photo's score is off by the same amount at each setting."""
    off = spread * np.random.default_rng(seed).standard_normal(PHOTOS)
    return tuple(
        PhotoPoint(str(k), overhead, np.full(PHOTOS, size), {"st_lpips": score + off})
        for k, (size, score) in enumerate(settings, start=1)
    )


OURS = points((1000, 0.3), (4000, 0.1))


def test_a_band_is_the_difference_of_the_curves_and_its_states_say_where_it_is_sure() -> None:
    # From 1000 bytes on ours falls by 0.1 with each doubling, theirs from 0.35 by 0.2: they meet after half a doubling.
    found = band(OURS, points((500, 0.55), (2000, 0.15)), "st_lpips", PIXELS)
    assert found is not None and found.photos == PHOTOS
    assert (found.rates[0], found.rates[-1]) == pytest.approx((0.1, 0.2))
    assert (found.mean[0], found.mean[-1]) == pytest.approx((0.05, -0.05))
    np.testing.assert_allclose(found.low, found.high)  # all photos are alike
    assert found.words() == "ahead from 0.10 to 0.14, behind from 0.14 to 0.20"
    assert found.words(0.12) == "ahead from 0.10 to 0.12" and found.states(0.05) == []
    wide = band(OURS, points((500, 0.55), (2000, 0.15), spread=0.1, seed=1), "st_lpips", PIXELS)
    assert wide is not None and [state for state, *_ in wide.states()] == ["ahead", "not decided", "behind"]


def test_what_all_photos_share_cancels_in_a_band() -> None:
    theirs = points((500, 0.5), (8000, 0.35), spread=0.3)
    noisy = band(points((1000, 0.3), (4000, 0.1), spread=0.3), theirs, "st_lpips", PIXELS)
    assert noisy is not None and noisy.words() == "ahead from 0.10 to 0.40"
    np.testing.assert_allclose(noisy.low, noisy.high)


def test_without_headers_files_are_compared_by_what_is_left_of_them() -> None:
    theirs = points((1500, 0.3), (4500, 0.1), overhead=500)
    whole = band(OURS, theirs, "st_lpips", PIXELS)
    bare = band(OURS, theirs, "st_lpips", PIXELS, "without headers")
    assert whole is not None and whole.words() == "ahead from 0.15 to 0.40"
    assert bare is not None and bare.rates[0] == pytest.approx(0.1) and np.allclose(bare.mean, 0)
    assert band(OURS[:1], theirs, "st_lpips", PIXELS) is None
    one = band(OURS[:1], points((500, 0.5), (2000, 0.4)), "st_lpips", PIXELS)
    assert one is not None and one.words() == "ahead at 0.10" and one.mean == pytest.approx([0.15])


def test_photos_that_were_not_measured_are_left_out_and_metrics_that_were_not_make_no_band() -> None:
    score = np.full(PHOTOS, 0.3)
    score[::2] = np.nan
    half = replace(OURS[0], scores={"st_lpips": score})
    found = band((half,), points((500, 0.5), (2000, 0.4)), "st_lpips", PIXELS)
    assert found is not None and found.photos == PHOTOS // 2
    assert band(OURS, OURS, "st_lpips_vgg", PIXELS) is None and band(OURS, (), "st_lpips", PIXELS) is None


def test_pairs_are_counted_at_equal_bytes_and_what_cannot_be_so_small_apart() -> None:
    theirs = points((500, 0.5), (2000, 0.4))
    large = replace(theirs[0], size=np.where(np.arange(PHOTOS) < 10, 1500, 500))
    found = pairs(OURS[0], (large, theirs[1]), "st_lpips")
    assert (found.ahead, found.compared, found.too_large) == (40, 40, 10)
    assert found.difference is not None and found.difference.mean == pytest.approx(0.15)
    assert pairs(OURS[0], theirs, "st_lpips_vgg").difference is None


def test_verdicts_are_over_the_rates_below_the_goal_of_all_its_formats() -> None:
    goal = Goal("", "", ("jpeg", "webp"), ("st_lpips",), 0.2)
    worse, better = points((500, 0.6), (8000, 0.5)), points((500, 0.1), (8000, 0.0))

    def said(jpeg: tuple[PhotoPoint, ...], webp: tuple[PhotoPoint, ...], one: Goal = goal) -> str:
        photos = FilePhotos("c", "f", "d", PHOTOS, PIXELS, {}, {FINE: OURS}, {"jpeg": jpeg, "webp": webp})
        return outcome(photos, FINE, one, "whole files").verdict

    assert said(worse, worse) == "holds" and said(better, better) == "does not hold"
    assert said(worse, better) == "holds in part"
    assert said(worse, (), goal) == "holds in part"  # of one of its formats there is nothing to compare with
    assert said(worse, worse, replace(goal, below=0.05)) == "cannot be compared"
    assert said(points((1000, 0.3), (4000, 0.1), spread=0.1), (), goal) == "not decided"
