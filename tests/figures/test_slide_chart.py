"""A chart on a slide: wide, thick lines, large text, and its settings below it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rfsq.figures import ResidualCurve, residual_norms
from rfsq.figures.enlarged import DOT_PX, LINE_PX, LINES, TITLE_PX
from rfsq.figures.own_cells import own_cells
from rfsq.figures.slide_chart import FONT, HEIGHT, WIDTH, dealt, slide_chart, slide_scale, smallest_text
from rfsq.figures.turns import turns
from rfsq.style.wording import NARROW_SPACE

CURVES = [
    ResidualCurve("rfsq-4x1024-none", (1.0, 0.6, 0.5, 0.4)),
    ResidualCurve("rfsq-4x1024-layernorm", (1.0, 0.3, 0.1, 0.03)),
    ResidualCurve("rfsq-4x1024-scale", (1.0, 0.4, 0.2, 0.1), emphasized=False),
]
NOTE = "Photo: Cat <1>, 256 × 256 pixels. Stefan van der Walt, CC0."


def test_lines_dots_and_text_are_large_enough_for_a_slide() -> None:
    page = residual_norms(CURVES, stage=2)
    before = page.to_dict()
    figure = slide_chart(page, [NOTE])
    assert page.to_dict() == before, "the page's chart stays as it is"
    assert (figure.layout.width, figure.layout.height) == (WIDTH, HEIGHT)
    scale = slide_scale(figure)
    assert (
        scale * HEIGHT == pytest.approx(LINES) and scale * WIDTH == pytest.approx(1920) and smallest_text(figure) == 24
    )
    assert figure.layout.font.family == FONT and "system" not in FONT
    lines = [trace.line.width for trace in figure.data if trace.line.width]
    lines += [shape.line.width for shape in figure.layout.shapes]
    assert lines and min(lines) * scale >= LINE_PX - 1e-9
    dots = [size for trace in figure.data if trace.marker.size for size in trace.marker.size if size]
    assert dots and min(dots) * scale >= DOT_PX - 1e-9
    sizes = [figure.layout.xaxis.tickfont.size, figure.layout.yaxis.title.font.size, figure.layout.font.size]
    sizes += [annotation.font.size for annotation in figure.layout.annotations]
    assert min(sizes) * scale >= 24 - 1e-9 and figure.layout.title.font.size * scale == pytest.approx(TITLE_PX)


def test_the_notes_stand_below_the_axis_in_a_margin_of_their_own() -> None:
    page = residual_norms(CURVES, stage=2)
    figure = slide_chart(page, [NOTE, "word " * 60])
    foot = figure.layout.annotations[-1]
    lines = foot.text.split("<br>")
    assert "Cat &lt;1&gt;, 256 × 256 pixels. Stefan van der Walt, CC0." in lines[0] and len(lines) >= 4
    room = figure.layout.margin.b - page.layout.margin.b
    assert room >= 16 * len(lines) and foot.yshift == -page.layout.margin.b and foot.yanchor == "top"
    assert len(slide_chart(page, []).layout.annotations) == len(page.layout.annotations)


def test_the_title_takes_the_width_of_the_slide() -> None:
    page = residual_norms(
        CURVES, stage=2, title="After two stages layernorm leaves a tenth of the latent & none a half"
    )
    assert page.layout.title.text.count("<br>") >= 1
    title = slide_chart(page, []).layout.title.text
    assert "<br>" not in title and "a tenth of the latent &amp; none a half" in title


def test_a_chart_that_is_higher_than_a_slide_says_how_small_its_text_comes_out() -> None:
    high = turns(((4, 1),) * 20, title="t")
    figure = slide_chart(high, [NOTE])
    assert high.layout.height > figure.layout.height > HEIGHT
    assert slide_scale(figure) * figure.layout.height == pytest.approx(LINES)
    assert smallest_text(figure) < 24


def test_points_are_drawn_as_points_and_not_as_a_picture_of_them() -> None:
    samples = np.random.default_rng(0).normal(size=(400, 2))
    page = own_cells(None, samples, np.zeros(400, np.int64), samples[:9], method="fsq", title="t")
    assert {trace.type for trace in page.data} == {"scattergl"}
    figure = slide_chart(page, [])
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert figure.data[0].marker.size == page.data[0].marker.size, "a cloud of larger dots would run together"


def test_bands_are_dealt_in_order_about_equally_and_none_is_left_out() -> None:
    bands = {f"band {number}": 100 + 40 * (number % 3) for number in range(12)}
    slides = dealt(bands)
    assert [name for slide in slides for name in slide] == list(bands)
    heights = [sum(bands[name] for name in slide) for slide in slides]
    assert len(slides) == math.ceil(sum(bands.values()) / 500) and max(heights) - min(heights) <= 200
    assert dealt({"a": 10, "b": 20}) == [["a", "b"]] and dealt({}) == []
    assert dealt({"a": 9000, "b": 20}) == [["a"], ["b"]]


def test_no_space_is_left_that_fonts_of_slide_programs_lack() -> None:
    page = residual_norms(CURVES, stage=2, title=f"40{NARROW_SPACE}bits")
    assert NARROW_SPACE in page.layout.title.text
    figure = slide_chart(page, [f"6{NARROW_SPACE}214{NARROW_SPACE}B"])
    assert NARROW_SPACE not in str(figure.to_dict()) and "\\u202f" not in str(figure.to_dict())
    assert "40\N{NO-BREAK SPACE}bits" in figure.layout.title.text
    assert "6\N{NO-BREAK SPACE}214\N{NO-BREAK SPACE}B" in figure.layout.annotations[-1].text
