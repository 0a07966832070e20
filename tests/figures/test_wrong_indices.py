"""Indices that floating point gets wrong."""

import pytest
from chart_words import plain

from rfsq.figures.wrong_indices import wrong_indices


def test_wrong_indices_are_drawn_over_the_bits() -> None:
    figure = wrong_indices({"float32": {"fsq-40": 1.0, "fsq-22": 0.0}}, {"fsq-40": 40.0, "fsq-22": 22.0}, title="t")
    assert list(figure.data[0].x) == [22, 40] and list(figure.data[0].y) == [0, 1]
    two = wrong_indices(
        {"float32": {"fsq-22": 0.0, "fsq-22-4x45": 0.5}}, {"fsq-22": 22.0, "fsq-22-4x45": 21.97}, title="t"
    )
    assert list(two.data[0].y) == [0.25] and sorted(two.data[1].y) == [0, 0.5]
    assert "mean of all" in two.layout.xaxis.title.text and "mean" not in figure.layout.xaxis.title.text


@pytest.mark.parametrize("narrow", [False, True])
def test_a_name_has_the_mark_of_its_line(narrow: bool) -> None:
    shares = {"float32": {"fsq-22": 0.2}, "bfloat16": {"fsq-22": 1.0}, "float16": {"fsq-22": 0.6}}
    figure = wrong_indices(shares, {"fsq-22": 22.0}, title="t", narrow=narrow)
    said = {plain(words.text) for words in figure.layout.annotations}
    assert said == {"■ float32", "○ bfloat16", "✕ float16"}
    symbols = {trace.name: trace.marker.symbol for trace in figure.data if trace.name}
    assert symbols == {"float32": "square", "bfloat16": "circle-open", "float16": "x"}


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least|needs a"):
        wrong_indices({}, {}, title="t")
