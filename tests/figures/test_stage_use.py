"""The chart of entropies says what the runs say."""

from __future__ import annotations

import pytest

from rfsq.figures import stage_use
from rfsq.teaching.lab import LabRun


def test_entropy_per_stage_stands_against_what_a_stage_may_say(runs: dict[str, LabRun]) -> None:
    figure = stage_use(runs)
    assert [trace.name for trace in figure.data] == ["none", "scale"]
    assert list(figure.data[0].y) == [stage.entropy_bits for stage in runs["none"].stages]
    assert figure.layout.shapes[0].y0 == 4
    assert "last stage of none" in figure.layout.title.text.replace("<br>", " ")
    with pytest.raises(ValueError, match="at least one"):
        stage_use({})
