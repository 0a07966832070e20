"""The figure of bands: a line and a shade for each format, the interval in the words, one rate as a dot."""

import numpy as np
import pytest

from rfsq.figures.metric import METRICS
from rfsq.figures.rate_bands import RateBand, rate_bands

LINE = RateBand(np.array([0.2, 0.4]), np.array([0.1, -0.1]), np.array([0.05, -0.15]), np.array([0.15, -0.05]))
DOT = RateBand(np.array([0.3]), np.array([0.02]), np.array([0.01]), np.array([0.04]))


def test_each_format_is_a_line_in_its_interval_and_zero_is_marked() -> None:
    figure = rate_bands({"jpeg": LINE, "avif": DOT}, METRICS["st_lpips_vgg"], title="t")
    named = {trace.name: trace for trace in figure.data if trace.name}
    assert set(named) == {"JPEG 4:2:0", "AVIF 4:2:0"}
    assert named["JPEG 4:2:0"].mode == "lines" and list(named["JPEG 4:2:0"].y) == [0.1, -0.1]
    assert named["AVIF 4:2:0"].mode == "markers" and list(named["AVIF 4:2:0"].error_y.array) == pytest.approx([0.02])
    shades = [trace for trace in figure.data if trace.fill == "toself"]
    assert list(shades[0].y) == [0.15, -0.05, -0.15, 0.05] and len(shades) == 2
    assert [(shape.y0, shape.y1) for shape in figure.layout.shapes if shape.xref == "x domain"] == [(0, 0)]
    low, high = figure.layout.yaxis.range
    assert low < -0.15 and high > 0.15
    words = [
        annotation.text
        for annotation in rate_bands({"jpeg": LINE}, METRICS["psnr_db"], title="t", narrow=True).layout.annotations
    ]
    assert any("JPEG 4:2:0" in text for text in words)


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(ValueError, match="at least one format"):
        rate_bands({}, METRICS["psnr_db"], title="t")
