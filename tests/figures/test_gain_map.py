"""Gains at each number of levels and stages."""

import pytest

from rfsq.figures.gain_map import gain_map
from rfsq.style.palette import THEMES, Theme


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_cell_has_its_number_and_what_was_not_measured_none(theme: Theme) -> None:
    figure = gain_map({(2, 1): 0.0, (2, 8): 4.14, (16, 1): -0.2}, title="t", theme=theme)
    words = {(note.x, note.y): note.text for note in figure.layout.annotations}
    assert set(words) == {(0, 0), (1, 0), (0, 1)} and "+4.1" in words[1, 0] and "−0.2" in words[0, 1]
    assert list(figure.layout.yaxis.ticktext) == ["2", "16"] and list(figure.layout.xaxis.ticktext) == ["1", "8"]
    deep = next(note for note in figure.layout.annotations if "4.1" in note.text)
    assert deep.font.color == THEMES[theme].page  # on the deepest cell


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        gain_map({}, title="t")
