"""What statistics sent per image cost."""

import pytest

from rfsq.figures.side_information import side_information


def test_side_information_falls_with_the_size_of_the_image() -> None:
    figure = side_information({"rfsq-4x1024-layernorm": 80.0}, (64, 128), title="t")
    assert list(figure.data[0].y) == [8 * 80 / 64**2, 8 * 80 / 128**2]


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least|needs a"):
        side_information({}, (), title="t")
