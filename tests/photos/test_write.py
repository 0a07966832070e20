"""Written pictures are whole or absent.

Run: python -m pytest tests/photos/test_write.py
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from photo_files import RANDOM, SMOOTH

from rfsq.photos.errors import ImageError
from rfsq.photos.read import read_image
from rfsq.photos.write import encode_png, write_png


def test_written_pictures_are_read_back_exactly(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_image(encode_png(RANDOM)), RANDOM)
    file = tmp_path / "out.png"
    for pixels in (SMOOTH, RANDOM[::-1]):  # the second replaces the first
        write_png(pixels, file)
        np.testing.assert_array_equal(read_image(file), pixels)
    assert os.listdir(tmp_path) == ["out.png"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out.png"
    write_png(RANDOM, file)

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ImageError, match="cannot be written: no space left on device"):
        write_png(SMOOTH, file)
    np.testing.assert_array_equal(read_image(file), RANDOM)
    assert os.listdir(tmp_path) == ["out.png"]


def test_places_that_cannot_be_written_have_a_sentence(tmp_path: Path) -> None:
    write_png(RANDOM, tmp_path / "new" / "out.png")  # a missing folder is made
    with pytest.raises(ImageError, match=r"out\.png/x\.png' cannot be written: "):
        write_png(RANDOM, tmp_path / "new" / "out.png" / "x.png")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ImageError, match="folder' cannot be written: is a directory"):
        write_png(RANDOM, tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder", "new", "out.png"]
