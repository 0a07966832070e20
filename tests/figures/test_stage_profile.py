"""One measure per stage, a line per model."""

import plotly.graph_objects as go
import pytest

from rfsq.figures.stage_profile import stage_profile


def texts(figure: go.Figure) -> str:
    return " ".join(annotation.text for annotation in figure.layout.annotations)


def test_a_stage_profile_leaves_out_what_is_not_known() -> None:
    values = {"rfsq-4x1024-none": [1.3, 1.0, 0.7, 0.4], "rvq-4x1024": [None, None, None, None]}
    figure = stage_profile(values, "signal ÷ spacing", title="t", guide=0.5, guide_name="half a spacing")
    assert len(figure.data) == 1 and list(figure.data[0].x) == [1, 2, 3, 4] and "half a spacing" in texts(figure)
    with pytest.raises(ValueError, match="positive"):
        stage_profile({"vq-4096": [0.0]}, "m", title="t", log=True)
    with pytest.raises(ValueError, match="at least one value"):
        stage_profile({"vq-4096": [None]}, "m", title="t")
