"""A bar per stage, and a panel of levels per channel: what they claim is computed."""

from __future__ import annotations

import pytest

from rfsq.figures.codes import code_counts, code_usage
from rfsq.figures.level_shares import MOST_CHANNELS, level_shares
from rfsq.figures.stage_bars import stage_entropy, stage_signal_bars


def words(figure: object) -> str:
    spec = figure.to_plotly_json()  # type: ignore[attr-defined]
    return str(spec["layout"]["title"]["text"]) + " ".join(note["text"] for note in spec["layout"]["annotations"])


def test_entropies_stand_in_the_outline_of_what_could_be_said() -> None:
    figure = stage_entropy([7.0, 5.0], [10.0, 10.0])
    outline, bars = figure.data
    assert list(outline.y) == [10, 10] and list(bars.y) == [7, 5]
    assert "12.0 of" in words(figure) and "20" in words(figure)
    for bits, possible in (([], []), ([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError):
            stage_entropy(bits, possible)


def test_a_weak_stage_is_hatched_and_named() -> None:
    figure = stage_signal_bars([1.2, None, 0.3], weak=0.4, levels=4)
    assert list(figure.data[0].marker.pattern.shape) == ["", "", "/"] and "What stage 3" in words(figure)
    strong = stage_signal_bars([1.2, 0.5], weak=0.4, levels=4)
    assert "/" not in strong.data[0].marker.pattern.shape and "at least" in words(strong)
    with pytest.raises(ValueError, match="no stage has levels"):
        stage_signal_bars([None], weak=0.4, levels=4)


def test_levels_that_nothing_falls_to_are_marked_and_counted() -> None:
    figure = level_shares([(0.5, 0.0, 0.5), (0.2, 0.3, 0.5)])
    assert "1 level" in words(figure) and words(figure).count("✕") == 2  # the mark, and the note that explains it
    assert list(figure.data[0].marker.pattern.shape) == ["/", "", "/"]
    even = level_shares([(0.25, 0.25, 0.25, 0.25)])
    assert "50" in words(even) and "outermost" in words(even)
    assert len(level_shares([(0.5, 0.5)] * 40).data) == MOST_CHANNELS
    with pytest.raises(ValueError):
        level_shares([()])


def test_counts_draw_what_indices_draw() -> None:
    import numpy as np

    indices = [np.array([0, 0, 1, 5]), np.array([2, 2, 2, 2])]
    counts = [np.unique(each, return_counts=True)[1] for each in indices]
    assert code_counts(counts, [8, 8]) == code_usage(indices, [8, 8])
