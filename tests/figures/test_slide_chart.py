"""A chart on a slide: wide, thick lines, large text, and its settings below it."""

from __future__ import annotations

import pytest

from rfsq.figures import ResidualCurve, residual_norms
from rfsq.figures.slide_chart import HEIGHT, LINES, WIDTH, slide_chart, slide_scale, smallest_text
from rfsq.figures.turns import turns

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
    assert scale * HEIGHT == LINES and smallest_text(figure) == 24
    lines = [trace.line.width for trace in figure.data if trace.line.width]
    lines += [shape.line.width for shape in figure.layout.shapes]
    assert lines and min(lines) * scale >= 4
    dots = [size for trace in figure.data if trace.marker.size for size in trace.marker.size if size]
    assert dots and min(dots) * scale >= 12
    sizes = [figure.layout.xaxis.tickfont.size, figure.layout.yaxis.title.font.size, figure.layout.font.size]
    sizes += [annotation.font.size for annotation in figure.layout.annotations]
    assert min(sizes) * scale >= 24 and figure.layout.title.font.size * scale >= 40


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
    high = turns(((4, 1),) * 12, title="t")
    figure = slide_chart(high, [NOTE])
    assert figure.layout.height > high.layout.height > HEIGHT
    assert slide_scale(figure) * figure.layout.height == pytest.approx(LINES)
    assert smallest_text(figure) < 24
