"""Scores of single pictures: the best on top of each panel, every value written, axes that make nothing of little differences."""

import math
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from chart_words import plain

from rfsq.figures.picture_scores import PictureScore, picture_scores
from rfsq.style.palette import STYLES

PICTURES = (
    PictureScore("fsq-40-8x32", "FSQ", 34.71, 0.0150),
    PictureScore("rvq-4x1024", "RVQ", 32.80, 0.0461),
    PictureScore("rfsq-4x1024-grouped", "grouped", 34.79, 0.0241),
)


def panel(figure: go.Figure, number: str) -> list[tuple[str, float, str]]:
    """Name, place and text of the dots of a panel, from the top."""
    dots = [trace for trace in figure.data if trace.xaxis == f"x{number}"]
    return [(dot.name, dot.x[0], plain(dot.text[0]).strip()) for dot in sorted(dots, key=lambda dot: dot.y[0])]


def test_each_panel_has_the_best_on_top_and_writes_every_value() -> None:
    figure = picture_scores(PICTURES, title="Scores")
    assert panel(figure, "") == [("grouped", 34.79, "34.8 dB"), ("FSQ", 34.71, "34.7 dB"), ("RVQ", 32.80, "32.8 dB")]
    assert panel(figure, "2") == [("FSQ", 0.0150, "0.015"), ("grouped", 0.0241, "0.024"), ("RVQ", 0.0461, "0.046")]
    said = [plain(words.text) for words in figure.layout.annotations]
    assert "PSNR, dB, higher is better" in said and "ST-LPIPS (AlexNet), lower is better" in said


def test_names_stand_at_the_rows_of_their_dots_with_the_marks_of_all_pages() -> None:
    figure = picture_scores(PICTURES, title="Scores", theme="dark")
    for dot in figure.data:
        row = (dot.yaxis, dot.y[0])
        (name,) = (words for words in figure.layout.annotations if (words.yref, words.y) == row)
        style = STYLES[{"FSQ": "fsq", "RVQ": "rvq", "grouped": "grouped"}[dot.name]]
        assert plain(name.text) == f"{style.glyph} {dot.name}" and style.dark in name.text
        assert (dot.marker.symbol, dot.marker.color) == (style.symbol, style.dark)


def test_little_differences_look_little() -> None:
    close = [PictureScore("fsq-40", "a", 30.00, 0.0010), PictureScore("vq-4096", "b", 30.05, 0.0011)]
    figure = picture_scores(close, title="Scores")
    low, high = figure.layout.xaxis.range
    assert high - low > 3
    low, high = figure.layout.xaxis2.range
    assert low < 0 and high > 0.01, "a distance begins at zero"


def test_what_is_measured_later_stands_below_and_what_is_not_measured_has_no_panel() -> None:
    waiting = [PictureScore("fsq-40", "a", 31.0, None), PictureScore("vq-4096", "b", 30.0, 0.02)]
    figure = picture_scores(waiting, title="Scores")
    assert [(name, text) for name, _, text in panel(figure, "2")] == [("b", "0.020"), ("a", "…")]
    later = picture_scores([PictureScore("fsq-40", "a", 31.0, 0.01), waiting[1]], title="Scores")
    assert figure.layout.height == later.layout.height, "the page must not jump when scores come"
    alone = picture_scores(waiting, title="Scores", perceptual=False)
    assert panel(alone, "2") == [] and alone.layout.height < figure.layout.height


def test_a_picture_equal_to_its_original_stands_at_the_end_of_the_axis() -> None:
    pictures = [PictureScore("continuous-5", "same", math.inf, 0.0), PictureScore("vq-4096", "b", 30.0, 0.02)]
    figure = picture_scores(pictures, title="Scores")
    (first, place, text), _ = panel(figure, "")
    assert (first, text) == ("same", "∞ dB") and 30 < place < figure.layout.xaxis.range[1]


def test_where_pictures_cost_unequally_much_the_price_stands_at_their_names() -> None:
    unequal = [PictureScore("fsq-40", "FSQ", 31.0, 0.01, "40 bits"), PictureScore("rvq-4x1024", "RVQ", 30.0, 0.02)]
    said = [plain(words.text) for words in picture_scores(unequal, title="Scores").layout.annotations]
    assert said.count("■ FSQ 40 bits") == said.count("○ RVQ") == 2, "in a second line"
    long = [replace(unequal[0], name="a model with a long name"), unequal[1]]
    said = [plain(words.text) for words in picture_scores(long, title="Scores").layout.annotations]
    assert said.count("■ a model with a long name, 40 bits") == 2


def test_long_names_stand_above_their_dots() -> None:
    long = [PictureScore("my-scale", "a model with a long name", 30.0, 0.02)]
    assert picture_scores(long, title="Scores").layout.margin.l < 20


def test_nothing_and_nan_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        picture_scores([], title="Scores")
    for bad in (PictureScore("vq", "a", math.nan, 0.1), PictureScore("vq", "a", 30.0, math.nan)):
        with pytest.raises(ValueError, match="not a number"):
            picture_scores([bad], title="Scores")
