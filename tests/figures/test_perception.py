"""The picture of perception against distortion."""

import pytest

from rfsq.figures.perception import perception_distortion


def test_each_pair_is_a_line_from_a_hollow_to_a_full_mark() -> None:
    pairs = {
        "rfsq-4x1024-scale": ((30.45, 0.066), (30.44, 0.018)),
        "continuous-5": ((30.46, 0.065), (30.45, 0.017)),
    }
    figure = perception_distortion(pairs, title="t")
    assert [list(trace.x) for trace in figure.data] == [[30.45, 30.44], [30.46, 30.45]]
    assert list(figure.data[0].marker.symbol) == ["diamond-open", "diamond"]
    assert list(figure.data[1].marker.symbol) == ["circle-open", "circle"]
    assert "trained with L1<br>" in figure.data[0].hovertext[0]
    assert all(-3 < annotation.y < 0 for annotation in figure.layout.annotations)
    with pytest.raises(ValueError, match="at least one pair"):
        perception_distortion({}, title="t")
