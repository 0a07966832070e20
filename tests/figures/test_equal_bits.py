"""Bands hold equal bits, the best on top, with readable names."""

from collections.abc import Sequence
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from rfsq.figures.equal_bits import ScoreRow, equal_bits
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_curves import RateCurve, quality_against_bits
from rfsq.style.palette import THEMES, Theme

ROWS = (
    ScoreRow("vq-4096", 12, 28.2, 27.8, 28.6, 29.4),
    ScoreRow("fsq-8x8x8x8", 12, 27.5, 27.1, 27.9, 29.4),
    ScoreRow("fsq-22-4x45", 21.97, 29.2, 28.8, 29.6, 29.4),
    ScoreRow("rfsq-2x2048-none", 22, 28.4, 28.0, 28.8, 29.4),
    ScoreRow("fsq-40", 40, 31.3, 31.0, 31.6, 41.0, ("SSIM: 0.9",)),
)


def texts(figure: go.Figure) -> str:
    return " ".join(annotation.text for annotation in figure.layout.annotations)


def test_bands_hold_equal_bits_and_the_best_stands_on_top() -> None:
    figure = equal_bits(ROWS, METRICS["psnr_db"])
    order = [trace.customdata[0][0] for trace in figure.data]
    assert order == ["vq-4096", "fsq-8x8x8x8", "fsq-22-4x45", "rfsq-2x2048-none", "fsq-40"]
    heights = [trace.y[0] for trace in figure.data]
    assert heights == sorted(heights) and heights[2] - heights[1] > heights[1] - heights[0]
    assert texts(figure).count("per token") == 3  # 21.97 bits belong to the band of 22
    assert "VQ-EMA 4096 at" in figure.layout.title.text
    worst_first = equal_bits(ROWS, METRICS["l1"])
    assert next(trace.customdata[0][0] for trace in worst_first.data) == "fsq-8x8x8x8"  # lower is better


def test_the_grey_tick_is_explained_where_one_is_drawn() -> None:
    def note(rows: Sequence[ScoreRow]) -> bool:
        figure = equal_bits(rows, METRICS["psnr_db"])
        assert bool(figure.layout.shapes) == ("grey tick" in figure.layout.xaxis.title.text)
        return bool(figure.layout.shapes)

    assert note(ROWS)
    assert not note([replace(row, ceiling=None) for row in ROWS])
    assert not note([replace(row, ceiling=99.0) for row in ROWS]), "one beyond the axis is none"


def test_a_title_names_as_best_all_that_are_level() -> None:
    """Less than 0.1 dB is no finding: two training runs may differ by as much."""
    rows = [ScoreRow("vq-4096", 12, 28.00, 27.9, 28.1), ScoreRow("fsq-8x8x8x8", 12, 27.95, 27.8, 28.1)]
    title = equal_bits(rows, METRICS["psnr_db"]).layout.title.text.replace("<br>", " ")
    assert "VQ-EMA 4096 (level with FSQ 8·8·8·8) at" in title
    more = [*rows, ScoreRow("lfq-12", 12, 27.94, 27.8, 28.1)]
    assert "VQ-EMA 4096 (level with 2 more)" in equal_bits(more, METRICS["psnr_db"]).layout.title.text.replace(
        "<br>", " "
    )


def test_larger_blocks_have_bands_of_their_own_by_bits_per_pixel() -> None:
    coarse = ScoreRow("f8-fsq-8x8x8x8-perceptual", 12, 24.2, 23.9, 24.5, stride=8)
    figure = equal_bits([*ROWS, coarse], METRICS["psnr_db"])
    assert figure.data[0].customdata[0][0] == coarse.model  # 12 bits for 64 pixels are the fewest
    assert texts(figure).count("one for 8×8 pixels") == 1
    curves = [RateCurve("vq-4096", (12,), (28.2,)), RateCurve(coarse.model, (12,), (24.2,), stride=8)]
    lines = quality_against_bits({"": curves}, METRICS["psnr_db"])
    assert [trace.x[0] for trace in lines.data] == [0.75, 0.1875]


def test_whiskers_and_ceilings_are_the_given_ones() -> None:
    figure = equal_bits(ROWS, METRICS["psnr_db"])
    first = figure.data[0]
    assert first.x[0] + first.error_x.array[0] == pytest.approx(28.6)
    assert first.x[0] - first.error_x.arrayminus[0] == pytest.approx(27.8)
    assert [shape.x0 for shape in figure.layout.shapes] == [29.4] * 4  # 41.0 is far off: it would flatten the rest
    assert "unquantized: 41.0" in figure.data[-1].hovertext[0] and "SSIM: 0.9" in figure.data[-1].hovertext[0]
    low, high = figure.layout.xaxis.range
    assert low < 27.1 and 31.6 < high < 33


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("rfsq-4x1024-layernorm-global", "layernorm-global"),
        ("rfsq-8x1024-layernorm-progressive", "progressive"),
        ("fsq-40", "FSQ, 4 levels"),
        ("fsq-40-8x32", "FSQ 8×32"),
        ("fsq-8x8x8x8", "FSQ 8·8·8·8"),
        ("lfq-12", "LFQ"),
        ("rvq-2x2048", "RVQ"),
        ("vq-4096", "VQ-EMA 4096"),
        ("mine", "mine"),
    ],
)
def test_names_in_a_band_are_short(model: str, name: str) -> None:
    assert name in texts(equal_bits([ScoreRow(model, 40, 1.0, 0.9, 1.1)], METRICS["ssim"]))


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least|needs a"):
        equal_bits([], METRICS["l1"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_drawn_in_both_themes(theme: Theme) -> None:
    figure = equal_bits(ROWS, METRICS["psnr_db"], theme=theme)
    assert figure.layout.paper_bgcolor == THEMES[theme].page
    assert all(annotation.font.size >= 14 for annotation in figure.layout.annotations)


def test_on_a_narrow_page_names_stand_above_the_dots() -> None:
    wide, narrow = (equal_bits(ROWS, METRICS["psnr_db"], narrow=narrow) for narrow in (False, True))
    assert narrow.layout.margin.l < 20 < wide.layout.margin.l and narrow.layout.height > wide.layout.height
    assert texts(narrow) == texts(wide)


def test_other_training_runs_are_strokes_beside_the_dot() -> None:
    row = ScoreRow("vq-4096", 12, 28.2, 27.8, 28.6, runs=(28.1, 29.0))
    figure = equal_bits([row], METRICS["psnr_db"])
    dot, strokes = figure.data
    assert strokes.x == (28.1, 29.0) and set(strokes.y) == {dot.y[0]} and figure.layout.xaxis.range[1] > 29.0
    assert "trained again: 28.1, 29.0" in dot.hovertext[0]
