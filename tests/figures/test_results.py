"""The figures of the Results page show the given numbers, in bands, with readable words."""

from collections.abc import Callable

import plotly.graph_objects as go
import pytest

from rfsq.figures import results as figures
from rfsq.figures.results import METRICS, RateCurve, ScoreRow
from rfsq.model.zoo import ZOO
from rfsq.style.palette import Theme

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
    figure = figures.equal_bits(ROWS, METRICS["psnr_db"])
    order = [trace.customdata[0][0] for trace in figure.data]
    assert order == ["vq-4096", "fsq-8x8x8x8", "fsq-22-4x45", "rfsq-2x2048-none", "fsq-40"]
    heights = [trace.y[0] for trace in figure.data]
    assert heights == sorted(heights) and heights[2] - heights[1] > heights[1] - heights[0]
    assert texts(figure).count("per token") == 3  # 21.97 bits belong to the band of 22
    assert "VQ-EMA 4096 at" in figure.layout.title.text
    worst_first = figures.equal_bits(ROWS, METRICS["l1"])
    assert next(trace.customdata[0][0] for trace in worst_first.data) == "fsq-8x8x8x8"  # lower is better


def test_a_title_names_as_best_all_that_are_level() -> None:
    """Less than 0.1 dB is no finding: two training runs may differ by as much."""
    rows = [ScoreRow("vq-4096", 12, 28.00, 27.9, 28.1), ScoreRow("fsq-8x8x8x8", 12, 27.95, 27.8, 28.1)]
    title = figures.equal_bits(rows, METRICS["psnr_db"]).layout.title.text.replace("<br>", " ")
    assert "VQ-EMA 4096 and FSQ 8·8·8·8 level at" in title
    more = [*rows, ScoreRow("lfq-12", 12, 27.94, 27.8, 28.1)]
    assert "VQ-EMA 4096 and 2 more level" in figures.equal_bits(more, METRICS["psnr_db"]).layout.title.text.replace(
        "<br>", " "
    )


def test_larger_blocks_have_bands_of_their_own_by_bits_per_pixel() -> None:
    coarse = ScoreRow("f8-fsq-8x8x8x8-perceptual", 12, 24.2, 23.9, 24.5, stride=8)
    figure = figures.equal_bits([*ROWS, coarse], METRICS["psnr_db"])
    assert figure.data[0].customdata[0][0] == coarse.model  # 12 bits for 64 pixels are the fewest
    assert texts(figure).count("one for 8×8 pixels") == 1
    curves = [RateCurve("vq-4096", (12,), (28.2,)), RateCurve(coarse.model, (12,), (24.2,), stride=8)]
    lines = figures.quality_against_bits(curves, {}, METRICS["psnr_db"])
    assert [trace.x[0] for trace in lines.data] == [0.75, 0.1875]


def test_whiskers_and_ceilings_are_the_given_ones() -> None:
    figure = figures.equal_bits(ROWS, METRICS["psnr_db"])
    first = figure.data[0]
    assert first.x[0] + first.error_x.array[0] == pytest.approx(28.6)
    assert first.x[0] - first.error_x.arrayminus[0] == pytest.approx(27.8)
    assert [shape.x0 for shape in figure.layout.shapes] == [29.4] * 4  # 41.0 is far off: it would flatten the rest
    assert "unquantized: 41.0" in figure.data[-1].hovertext[0] and "SSIM: 0.9" in figure.data[-1].hovertext[0]
    low, high = figure.layout.xaxis.range
    assert low < 27.1 and 31.6 < high < 33


def test_quality_lines_join_the_stages_of_a_model() -> None:
    curves = [
        RateCurve("rfsq-4x1024-none", (10, 20, 30, 40), (20.0, 25.0, 28.0, 29.4)),
        RateCurve("rfsq-4x1024-grouped", (10, 20, 30, 40), (24.0, 26.0, 31.0, 32.3), trained_for_fewer=True),
        RateCurve("vq-4096", (12,), (28.2,)),
    ]
    figure = figures.quality_against_bits(curves, {5: 30.5, 20: 60.0}, METRICS["psnr_db"])
    assert list(figure.data[0].x) == [10 / 16, 20 / 16, 30 / 16, 40 / 16] and list(figure.data[0].customdata[1]) == [
        "rfsq-4x1024-none",
        2,
    ]
    assert "decoder trained on all stages only" in figure.data[0].hovertext[0]
    assert "decoder trained" not in figure.data[1].hovertext[0] and "decoder trained" not in figure.data[0].hovertext[3]
    assert figure.data[2].mode == "markers"
    assert [shape.y0 for shape in figure.layout.shapes] == [30.5] and "↑ D = 20: 60.0" in texts(figure)
    assert figure.layout.yaxis.range[1] < 40


def test_a_stage_profile_leaves_out_what_is_not_known() -> None:
    values = {"rfsq-4x1024-none": [1.3, 1.0, 0.7, 0.4], "rvq-4x1024": [None, None, None, None]}
    figure = figures.stage_profile(values, "signal ÷ step", title="t", guide=0.5, guide_name="half a step")
    assert len(figure.data) == 1 and list(figure.data[0].x) == [1, 2, 3, 4] and "half a step" in texts(figure)
    with pytest.raises(ValueError, match="positive"):
        figures.stage_profile({"vq-4096": [0.0]}, "m", title="t", log=True)
    with pytest.raises(ValueError, match="at least one value"):
        figures.stage_profile({"vq-4096": [None]}, "m", title="t")


def test_turns_show_which_stage_codes_which_channel() -> None:
    levels = ZOO["rfsq-4x1024-grouped"].stage_levels
    figure = figures.turns(levels, title="t")
    coded = sum(level > 1 for stage in levels for level in stage)
    assert len(figure.layout.annotations) == coded and len(figure.layout.shapes) == len(levels) * len(levels[0])
    opened = sum("levels" in annotation.text for annotation in figure.layout.annotations)
    assert opened == ZOO["rfsq-4x1024-grouped"].dim  # each channel is opened once, then refined


def test_side_information_falls_with_the_size_of_the_image() -> None:
    figure = figures.side_information({"rfsq-4x1024-layernorm": 80.0}, (64, 128), title="t")
    assert list(figure.data[0].y) == [8 * 80 / 64**2, 8 * 80 / 128**2]


def test_differences_have_rules_at_zero_and_at_the_mean() -> None:
    figure = figures.differences([1.0, 2.0, 3.0], title="t", axis="a")
    assert sorted(shape.x0 for shape in figure.layout.shapes) == [0.0, 2.0] and sum(figure.data[0].y) == 3


def test_wrong_indices_are_drawn_over_the_bits() -> None:
    figure = figures.wrong_indices(
        {"float32": {"fsq-40": 1.0, "fsq-22": 0.0}}, {"fsq-40": 40.0, "fsq-22": 22.0}, title="t"
    )
    assert list(figure.data[0].x) == [22, 40] and list(figure.data[0].y) == [0, 1]
    two = figures.wrong_indices(
        {"float32": {"fsq-22": 0.0, "fsq-22-4x45": 0.5}}, {"fsq-22": 22.0, "fsq-22-4x45": 21.97}, title="t"
    )
    assert list(two.data[0].y) == [0.25] and sorted(two.data[1].y) == [0, 0.5]


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
    assert name in texts(figures.equal_bits([ScoreRow(model, 40, 1.0, 0.9, 1.1)], METRICS["ssim"]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: figures.equal_bits([], METRICS["l1"]),
        lambda: figures.quality_against_bits([], {}, METRICS["l1"]),
        lambda: figures.width_ceiling({}, {}, METRICS["l1"], title="t"),
        lambda: figures.side_information({}, (), title="t"),
        lambda: figures.differences([1.0], title="t", axis="a"),
        lambda: figures.turns((), title="t"),
        lambda: figures.wrong_indices({}, {}, title="t"),
    ],
)
def test_empty_input_is_refused(make: Callable[[], go.Figure]) -> None:
    with pytest.raises(ValueError, match="at least|needs a"):
        make()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_are_drawn_in_both_themes(theme: Theme) -> None:
    ceiling = figures.width_ceiling(
        {4: 29.0, 5: 30.0}, {"vq-4096": (4, 28.0)}, METRICS["psnr_db"], title="t", theme=theme
    )
    bands = figures.equal_bits(ROWS, METRICS["psnr_db"], theme=theme)
    assert ceiling.layout.paper_bgcolor == bands.layout.paper_bgcolor
    assert all(annotation.font.size >= 14 for figure in (ceiling, bands) for annotation in figure.layout.annotations)
