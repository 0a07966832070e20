"""Where a dot is drawn."""

import pytest

from rfsq.figures.dot_place import dot_place
from rfsq.figures.equal_bits import ScoreRow, equal_bits
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_curves import RateCurve, quality_against_bits

PSNR = METRICS["psnr_db"]


def test_a_dot_is_as_high_as_its_row_and_as_far_as_its_score() -> None:
    rows = [ScoreRow("vq-4096", 12, 28.0, 27.0, 29.0), ScoreRow("fsq-8x8x8x8", 12, 27.5, 27.0, 28.0)]
    figure = equal_bits(rows, PSNR)
    first, second = (dot_place(figure, row.model, 0) for row in rows)
    assert first is not None and second is not None
    assert second.top - first.top == pytest.approx(30, abs=4) and 92 < first.top < second.top < figure.layout.height
    assert 0 < second.share < first.share < 1 and first.left == figure.layout.margin.l
    assert dot_place(figure, "lfq-12", 0) is None and dot_place(figure, "vq-4096", 1) is None


def test_panels_count_by_their_place() -> None:
    curve = RateCurve("rfsq-4x1024-none", (10, 20), (20.0, 25.0))
    figure = quality_against_bits({"a": [RateCurve("vq-4096", (12,), (24.0,))], "b": [curve]}, PSNR)
    upper, lower = dot_place(figure, "vq-4096", 1), dot_place(figure, "rfsq-4x1024-none", 2)
    assert upper is not None and lower is not None and upper.top + 150 < lower.top < figure.layout.height
