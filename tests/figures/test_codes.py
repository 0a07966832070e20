"""Maps and counts of indices: every token has its colour, every code its count."""

import base64
import io

import numpy as np
import plotly.graph_objects as go
import pytest
from chart_words import plain, title
from PIL import Image

from rfsq.figures import code_usage, index_map
from rfsq.style.palette import index_colors


def test_index_map_is_the_coloured_tokens_with_their_numbers() -> None:
    indices = np.array([[0, 1, 2], [3, 2**40 - 1, 0]], dtype=np.int64)
    fig = index_map(indices, 2**40)
    picture = fig.data[0]
    decoded = Image.open(io.BytesIO(base64.b64decode(picture.source.split(",")[1])))
    np.testing.assert_array_equal(np.array(decoded), index_colors(indices))
    np.testing.assert_array_equal(np.asarray(picture.customdata, dtype=np.int64), indices)
    assert fig.layout.yaxis.scaleanchor == "x"  # square tokens
    assert title(fig) == "5 of 2⁴⁰ codes in use"


@pytest.mark.parametrize(
    ("indices", "size"),
    [(np.zeros(4, np.int64), 8), (np.zeros((0, 4), np.int64), 8), (np.array([[8]]), 8), (np.array([[-1]]), 8)],
)
def test_index_map_refuses_other_shapes_and_indices_out_of_range(indices: np.ndarray, size: int) -> None:
    with pytest.raises(ValueError):
        index_map(indices, size)


def panel_texts(fig: go.Figure) -> list[str]:
    return [plain(a.text) for a in fig.layout.annotations]


def test_code_usage_draws_the_sorted_counts() -> None:
    indices = np.array([5, 5, 5, 5, 2, 2, 0, 7])
    fig = code_usage([indices, np.arange(8)], [8, 8])
    # Steps: rank 0 four times, rank 1 twice, ranks 2 and 3 once.
    assert list(fig.data[0].x) == [0, 1, 2, 4] and list(fig.data[0].y) == [4, 2, 1, 1]
    assert list(fig.data[1].x) == [0, 8] and list(fig.data[1].y) == [1, 1]
    assert tuple(fig.layout.yaxis.range) == tuple(fig.layout.yaxis2.range)
    assert tuple(fig.layout.xaxis.range) == tuple(fig.layout.xaxis2.range) == (0, 8)
    first, second, note = panel_texts(fig)
    assert first == "Stage 1 4 of 8 codes 50 % used perplexity 3"  # 2^1.75 = 3.36
    assert second == "Stage 2 8 of 8 codes 100 % used perplexity 8"
    assert "cannot" not in note
    assert title(fig) == "50 % to 100 % of a stage's codes are in use"


def test_panels_of_one_codebook_twice_have_names_instead_of_stages() -> None:
    fig = code_usage([np.zeros(9, np.int64), np.arange(8)], [8, 8], names=("without remedies", "with remedies"))
    first, second, _ = panel_texts(fig)
    assert first.startswith("without remedies 1 of 8") and second.startswith("with remedies 8 of 8")
    assert title(fig) == "12 % to 100 % of the codes are in use"
    assert [trace.name for trace in fig.data] == ["without remedies", "with remedies"]


def test_code_usage_says_when_there_are_fewer_tokens_than_codes() -> None:
    fig = code_usage([np.arange(1024).reshape(32, 32)], [4096], color="#0B4F9C")
    assert "1 024 tokens cannot use more than 1 024 codes." in panel_texts(fig)[-1]
    assert fig.data[0].line.color == "#0B4F9C"


def test_code_usage_with_a_codebook_of_2_to_the_40_shows_the_codes_in_use() -> None:
    fig = code_usage([np.array([2**40 - 1, 0, 0])], [2**40])
    assert tuple(fig.layout.xaxis.range) == (0, 2)
    assert "2 of 2⁴⁰ codes" in panel_texts(fig)[0]


def test_code_usage_of_eight_stages_has_one_panel_each() -> None:
    for columns in (1, 2, 4):
        fig = code_usage([np.arange(16)] * 8, [16] * 8, columns=columns)
        assert len(fig.data) == 8
        assert len({t.yaxis for t in fig.data}) == 8


def test_code_usage_refuses_missing_stages() -> None:
    for stages, sizes in (([], []), ([np.arange(3)], [4, 4]), ([np.array([], np.int64)], [4])):
        with pytest.raises(ValueError):
            code_usage(stages, sizes)
