"""Written pictures are whole or absent.

Run: python -m pytest tests/photos/test_write.py
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from photo_files import RANDOM, SMOOTH
from PIL import Image

from rfsq.photos.errors import ImageError
from rfsq.photos.read import read_image
from rfsq.photos.write import encode_animation, encode_png, write_png


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


def frames(count: int = 3) -> list[np.ndarray]:
    return [np.random.default_rng(k).integers(0, 256, (40, 60, 3), dtype=np.uint8) for k in range(count)]


def test_an_animated_webp_keeps_every_pixel_and_every_duration() -> None:
    shown, durations = frames(), [500, 500, 2500]
    image = Image.open(io.BytesIO(encode_animation(shown, durations, "webp")))
    assert (image.format, image.n_frames, image.size, image.info["loop"]) == ("WEBP", 3, (60, 40), 0)
    for number, (frame, duration) in enumerate(zip(shown, durations, strict=True)):
        image.seek(number)
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), frame)
        ends = (
            image.info["timestamp"] + image.info["duration"]
        )  # Pillow tells when a frame begins, and how long it stands
        assert ends == sum(durations[: number + 1]), duration


def test_an_animated_gif_has_256_colours_a_frame_and_the_same_durations() -> None:
    image = Image.open(io.BytesIO(encode_animation(frames(), [500, 500, 2500], "gif")))
    assert (image.format, image.n_frames, image.size, image.info["loop"]) == ("GIF", 3, (60, 40), 0)
    found = []
    for number in range(3):
        image.seek(number)
        found.append(image.info["duration"])
        colours = np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)
        assert 64 < len(colours) <= 256
        assert abs(np.asarray(image.convert("RGB")).astype(float) - frames()[number]).mean() < 40
    assert found == [500, 500, 2500]


def test_frames_that_make_no_animation_are_refused() -> None:
    with pytest.raises(ValueError, match="0 frames need as many durations"):
        encode_animation([], [], "webp")
    with pytest.raises(ValueError, match="as many durations, got 1"):
        encode_animation(frames(), [500], "gif")
    with pytest.raises(ValueError, match="one size"):
        encode_animation([*frames(1), RANDOM], [500, 500], "webp")
