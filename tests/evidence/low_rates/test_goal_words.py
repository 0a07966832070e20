"""The goals for low rates in words: verdicts, ranges and counts are those of the files, also to the other side."""

from dataclasses import replace

import pytest
from made_photos import PHOTOS, made_photos

from rfsq.evidence.low_rates.goal_words import band_table, goal_finding, goal_table
from rfsq.evidence.low_rates.words import FINE, TOGETHER


def test_each_goal_says_how_it_stands_for_each_model_and_where() -> None:
    found = goal_finding(made_photos())
    assert found.claim == f"Three goals for low rates on {PHOTOS} test photos: two hold and one does not hold"
    words = found.sentences
    assert "**holds** (JPEG 4:2:0: ahead from 0.15 to 0.35) for f8 RVQ, 4 stages of 1024 codes" in words
    assert "**does not hold** (JPEG 4:2:0: behind from 0.15 to 0.18) for f8 RVQ" in words
    assert "WebP 4:2:0 by VGG: ahead from 0.15 to 0.25" in words
    # f8 FSQ has 0.10 bpp, and the others begin at 0.12.
    assert "**cannot be compared** (no file of JPEG 4:2:0 is so small) for f8 FSQ 8·8·8·8;" in words
    assert "AVIF 4:2:0 on 10 of 10 (+0.100 [+0.100, +0.100])" in words
    assert "JPEG 4:2:0 300" in words and "ours 60" in words
    other = goal_finding(made_photos(vgg_of_avif=0.1))
    assert other.claim.endswith("one holds, one does not hold and one holds in part")
    assert "AVIF 4:2:0 on 0 of 10" in other.sentences


def test_without_headers_a_model_can_be_compared_that_is_too_small_with_them() -> None:
    rows = {row.cells[:3]: row.cells[3:] for row in goal_table(made_photos()).rows}
    assert rows["f8 FSQ 8·8·8·8", "whole files", "0.10"] == ("cannot be compared",) * 3
    assert rows["f8 FSQ 8·8·8·8", "without headers", "0.09"] == ("holds", "does not hold", "holds")
    assert len(rows) == 4  # of the third model nothing was weighed


def test_the_table_of_ranges_has_a_row_for_each_metric_and_a_dash_where_nothing_can_be_compared() -> None:
    text = band_table(made_photos(), "whole files").markdown()
    assert "| f8 FSQ 8·8·8·8, perceptual, 0.10 bpp | PSNR | – | – | – |" in text
    assert "ST-LPIPS (VGG) | ahead from 0.15 to 0.40" in text


def test_what_was_not_weighed_has_no_finding() -> None:
    made = made_photos()
    with pytest.raises(LookupError, match=FINE):
        goal_finding(replace(made, ours={TOGETHER: made.ours[TOGETHER]}))
    with pytest.raises(LookupError, match="avif"):
        goal_finding(
            replace(made, other_formats={"jpeg": made.other_formats["jpeg"], "webp": made.other_formats["webp"]})
        )
