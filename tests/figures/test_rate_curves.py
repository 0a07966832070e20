"""Quality against bits per pixel: a panel per kind of model, a line per model."""

from itertools import pairwise

import pytest
from plotly.graph_objects import Figure

from rfsq.figures.metric import METRICS
from rfsq.figures.rate_curves import RateCurve, quality_against_bits

NONE = RateCurve("rfsq-4x1024-none", (10, 20, 30, 40), (20.0, 25.0, 28.0, 29.4), ceiling=(5, 30.5))
GROUPED = RateCurve(
    "rfsq-4x1024-grouped", (10, 20, 30, 40), (24.0, 26.0, 31.0, 32.3), trained_for_fewer=True, ceiling=(20, 60.0)
)
VQ = RateCurve("vq-4096", (12,), (28.2,))
PSNR = METRICS["psnr_db"]


def texts(figure: Figure) -> str:
    return " ".join(annotation.text for annotation in figure.layout.annotations)


def test_lines_join_the_stages_of_a_model() -> None:
    figure = quality_against_bits({"": [NONE, GROUPED, VQ]}, PSNR)
    assert list(figure.data[0].x) == [10 / 16, 20 / 16, 30 / 16, 40 / 16]
    assert list(figure.data[0].customdata[1]) == ["rfsq-4x1024-none", 2]
    assert "decoder trained on all stages only" in figure.data[0].hovertext[0]
    assert "decoder trained" not in figure.data[1].hovertext[0] and "decoder trained" not in figure.data[0].hovertext[3]
    assert figure.data[2].mode == "markers"
    assert [shape.y0 for shape in figure.layout.shapes if shape.xref != "paper"] == [30.5] and "D = 20: 60.0" in texts(
        figure
    )
    assert figure.layout.yaxis.range[1] < 40


@pytest.mark.parametrize("narrow", [False, True])
def test_kinds_have_panels_below_each_other_with_the_same_axes_and_names(narrow: bool) -> None:
    figure = quality_against_bits(
        {"RFSQ": [NONE], "ours": [GROUPED], "none of it": [], "VQ": [VQ]}, PSNR, narrow=narrow
    )
    axes = [figure.layout.yaxis, figure.layout.yaxis2, figure.layout.yaxis3]
    assert [trace.yaxis for trace in figure.data] == ["y", "y2", "y3"]
    domains = [axis.domain for axis in axes]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(domains))
    assert len({axis.range for axis in axes}) == 1 and figure.layout.xaxis.anchor == "y3"
    for name in ("RFSQ", "ours", "VQ", "none", "grouped", "VQ-EMA 4096", "unquantized, D = 5"):
        assert name in texts(figure)
    assert "none of it" not in texts(figure)
    assert (figure.layout.margin.r < 20) == narrow


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        quality_against_bits({"": []}, METRICS["l1"])
