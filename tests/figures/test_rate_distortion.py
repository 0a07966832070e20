"""Quality against file size: a line per model with its stages' numbers, grey lines for formats."""

import math

import pytest

from rfsq.codec.rate_distortion import RatePoint
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_distortion import rate_distortion


def test_the_figure_holds_every_point_and_names_every_line() -> None:
    ours = {"rfsq-4x1024-none": [RatePoint("1", 1000, 20.0), RatePoint("2", 2000, 25.0)]}
    formats = {
        "jpeg": [RatePoint("quality 5", 900, 24.0), RatePoint("quality 90", 9000, 40.0)],
        "webp": [RatePoint("quality 0", 800, math.nan)],
    }
    figure = rate_distortion(
        ours, formats, METRICS["psnr_db"], 65_536, title="t", chosen=2000, floors={"jpeg": 1500, "webp": 40}
    )
    lines = {trace.name: trace for trace in figure.data if trace.name}
    assert set(lines) == {"RFSQ 4×1024 none", "JPEG 4:2:0"}  # nothing finite is left of WebP
    assert list(lines["RFSQ 4×1024 none"].x) == [1000, 2000] and list(lines["RFSQ 4×1024 none"].text) == ["1", "2"]
    words = " ".join(annotation.text for annotation in figure.layout.annotations)
    assert "JPEG 4:2:0 floor" in words and "WebP 4:2:0 floor" not in words  # 40 bytes lie far left of the axis
    assert {shape.x0 for shape in figure.layout.shapes if shape.xref != "paper"} == {2000, 1500}
    assert figure.layout.yaxis.range[0] > 15  # never from zero
    ticks = list(figure.layout.xaxis2.tickvals)
    assert ticks and len(ticks) == len(set(ticks))
    short = rate_distortion(ours, formats, METRICS["psnr_db"], 65_536, title="t", names={"rfsq-4x1024-none": "ours"})
    assert any(annotation.text.endswith(" ours</span>") for annotation in short.layout.annotations)
    unmeasured = {"rfsq-4x1024-none": [RatePoint("1", 1000, math.nan), RatePoint("2", 2000, 25.0)]}
    (line, _) = rate_distortion(unmeasured, {}, METRICS["psnr_db"], 65_536, title="t").data
    assert len(line.x) == 1 and "2 of 2 stages" in line.hovertext[0]
    with pytest.raises(ValueError, match="at least one point"):
        rate_distortion({}, {}, METRICS["ssim"], 1, title="t")


def test_the_numbers_of_two_points_that_meet_do_not_stand_on_each_other() -> None:
    ours = {
        "rfsq-4x1024-none": [RatePoint("1", 1000, 20.0), RatePoint("2", 2000, 24.0)],
        "rfsq-4x1024-scale": [RatePoint("1", 500, 18.0), RatePoint("2", 1010, 20.05), RatePoint("3", 2000, 28.0)],
    }
    none, scale, _ = rate_distortion(ours, {}, METRICS["psnr_db"], 65_536, title="t").data
    assert list(none.textposition) == ["top left", "top left"]
    assert list(scale.textposition) == ["top left", "bottom right", "top left"]
