"""The number lines of one token."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tiny_models import tiny_model

from rfsq.app.how_it_works.models import FAMILY
from rfsq.figures import token_lines
from rfsq.model.token_path import TokenPath, trace_tokens

Photo = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def scaled() -> TokenPath:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    return trace_tokens(tiny_model(FAMILY["scale"]), pixels)


def test_the_number_lines_show_value_levels_and_remainder(scaled: TokenPath) -> None:
    figure = token_lines(scaled, 2, 3, stage=2, method=FAMILY["scale"], ghost=scaled, theme="dark")
    traces = {trace.name: trace for trace in figure.data}
    part = scaled.stages[1]
    np.testing.assert_allclose(traces["value"].x, part.residual[:, 2, 3])
    np.testing.assert_allclose(traces["chosen level"].x, part.step[:, 2, 3])
    assert len(traces["levels"].x) == 4 * 5 and len(traces["before"].x) == 5
    arrows = [a for a in figure.layout.annotations if a.showarrow]
    np.testing.assert_allclose([a.x - a.ax for a in arrows], part.remainder[:, 2, 3], atol=1e-6)


def test_the_number_lines_refuse_what_is_not_there(scaled: TokenPath, photo: Photo) -> None:
    with pytest.raises(ValueError, match="stages 1 to 4"):
        token_lines(scaled, 0, 0, stage=5)
    with pytest.raises(ValueError, match="none in row 9"):
        token_lines(scaled, 9, 0)
    with pytest.raises(ValueError, match="no levels"):
        token_lines(trace_tokens(tiny_model("vq-4096"), photo(16, 16, 0)), 0, 0)
