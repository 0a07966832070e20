"""Quality against bits per pixel, a line per model."""

import plotly.graph_objects as go
import pytest

from rfsq.figures.metric import METRICS
from rfsq.figures.rate_curves import RateCurve, quality_against_bits


def texts(figure: go.Figure) -> str:
    return " ".join(annotation.text for annotation in figure.layout.annotations)


def test_quality_lines_join_the_stages_of_a_model() -> None:
    curves = [
        RateCurve("rfsq-4x1024-none", (10, 20, 30, 40), (20.0, 25.0, 28.0, 29.4)),
        RateCurve("rfsq-4x1024-grouped", (10, 20, 30, 40), (24.0, 26.0, 31.0, 32.3), trained_for_fewer=True),
        RateCurve("vq-4096", (12,), (28.2,)),
    ]
    figure = quality_against_bits(curves, {5: 30.5, 20: 60.0}, METRICS["psnr_db"])
    assert list(figure.data[0].x) == [10 / 16, 20 / 16, 30 / 16, 40 / 16] and list(figure.data[0].customdata[1]) == [
        "rfsq-4x1024-none",
        2,
    ]
    assert "decoder trained on all stages only" in figure.data[0].hovertext[0]
    assert "decoder trained" not in figure.data[1].hovertext[0] and "decoder trained" not in figure.data[0].hovertext[3]
    assert figure.data[2].mode == "markers"
    assert [shape.y0 for shape in figure.layout.shapes] == [30.5] and "↑ D = 20: 60.0" in texts(figure)
    assert figure.layout.yaxis.range[1] < 40


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least|needs a"):
        quality_against_bits([], {}, METRICS["l1"])
