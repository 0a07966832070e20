"""GIF: the first frame on its screen, as Chromium shows it.

Run: python -m pytest tests/photos/formats/test_gif.py
"""

from __future__ import annotations

import struct

import numpy as np
import pytest
from photo_files import CUT_OFF, SMOOTH, encoded, message

from rfsq.photos.read import read_image

ONE_BLUE = b"\2\2\x4c\1\0"  # one pixel of index 1, packed
RED, BLUE, WHITE = [255, 0, 0], [0, 0, 255], [255, 255, 255]


def gif(screen: tuple[int, int], frame: tuple[int, int, int, int], control: bytes = b"", background: int = 0) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, background, 0) + bytes([*RED, *BLUE])
    return head + control + b"," + struct.pack("<HHHHB", *frame, 0) + ONE_BLUE + b";"


@pytest.mark.parametrize("background", [0, 1])
def test_what_the_first_frame_leaves_free_is_white(background: int) -> None:
    assert read_image(gif((2, 1), (1, 0, 1, 1), background=background))[0].tolist() == [WHITE, BLUE]
    transparent = b"!\xf9\4\1\0\0\0\0"
    assert read_image(gif((2, 1), (1, 0, 1, 1), transparent))[0].tolist() == [WHITE, BLUE]


def test_a_frame_beyond_the_screen_makes_it_larger() -> None:
    assert read_image(gif((1, 1), (1, 0, 1, 1)))[0].tolist() == [WHITE, BLUE]


def test_only_missing_pixels_are_refused() -> None:
    file = encoded(SMOOTH, "GIF")
    whole = read_image(file)
    for end in (file[:-1], file[:-2], file + b"junk"):
        np.testing.assert_array_equal(read_image(end), whole)
    for missing in (10, 50, 200):
        assert message(file[:-missing]) == CUT_OFF
