"""Charts whose titles are headings of the page."""

from __future__ import annotations

from rfsq.figures import ResidualCurve, residual_norms
from rfsq.figures.differences import differences
from rfsq.figures.headed import headed


def test_the_plot_stays_as_high_as_it_was_and_the_figure_itself_stays() -> None:
    figure = residual_norms(
        [ResidualCurve("none", (1.0, 0.5, 0.4))], stage=1, title="A < B, and so on & on to two lines"
    )
    before = figure.to_dict()
    title, bare = headed(figure)
    assert figure.to_dict() == before
    assert title == "A < B, and so on & on to two lines"
    assert bare.layout.title.text is None

    def plot(chart: object) -> float:
        layout = chart.layout  # type: ignore[attr-defined]
        return float(layout.height - layout.margin.t - layout.margin.b)

    assert plot(bare) == plot(figure) and bare.layout.height < figure.layout.height


def test_a_chart_without_title_stays_as_it_is() -> None:
    figure = residual_norms([ResidualCurve("none", (1.0, 0.5, 0.4))], stage=1)
    figure.layout.title.text = ""
    title, bare = headed(figure)
    assert title == "" and bare.layout.height == figure.layout.height


def test_words_above_the_plot_keep_their_room() -> None:
    _, bare = headed(differences([0.1, 0.2, 0.6], title="A − B", axis="dB"))
    highest = max(words.yshift for words in bare.layout.annotations)
    assert bare.layout.margin.t > highest + 14, "the line of the upper words is inside of the figure"
