"""Which stage codes which channel."""

import pytest

from rfsq.figures.turns import turns
from rfsq.model.zoo import ZOO


def test_turns_show_which_stage_codes_which_channel() -> None:
    levels = ZOO["rfsq-4x1024-grouped"].stage_levels
    figure = turns(levels, title="t")
    coded = sum(level > 1 for stage in levels for level in stage)
    assert len(figure.layout.annotations) == coded and len(figure.layout.shapes) == len(levels) * len(levels[0])
    opened = sum("levels" in annotation.text for annotation in figure.layout.annotations)
    assert opened == ZOO["rfsq-4x1024-grouped"].dim  # each channel is opened once, then refined


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least|needs a"):
        turns((), title="t")
