"""What may be written over: never what is read, and no file that is not a reconstruction or an .rfsq file of ours."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rfsq.commands.targets import (
    JPEG_MAX_SIDE,
    TargetError,
    Targets,
    check_name,
    is_reconstruction,
    is_rfsq,
    reconstruction_file,
)
from rfsq.photos.read import read_image
from rfsq.photos.write import encode_png


@pytest.fixture()
def pixels(photo: Callable[..., np.ndarray]) -> np.ndarray:
    return photo(20, 30, 0)


def test_a_reconstruction_is_what_its_name_says_and_is_known_again(pixels: np.ndarray) -> None:
    for name, format in (("o.png", "PNG"), ("o", "PNG"), ("O.JPG", "JPEG"), ("o.jpeg", "JPEG")):
        content = reconstruction_file(pixels, Path(name))
        with Image.open(io.BytesIO(content)) as image:
            image.verify()  # the checksums
            assert image.format == format
        assert is_reconstruction(content[:200]) and not is_rfsq(content)
        difference = read_image(content).astype(int) - pixels
        assert not difference.any() if format == "PNG" else abs(difference).mean() < 2
    assert not is_reconstruction(encode_png(pixels)) and not is_reconstruction(b"") and is_rfsq(b"RFSQ...")
    with pytest.raises(TargetError, match="at most"):
        reconstruction_file(np.zeros((1, JPEG_MAX_SIDE + 1, 3), np.uint8), Path("o.jpg"))


@pytest.mark.parametrize("name", ["o.png", "o.PNG", "o", "/dev/stdout", "o.part", "photo v1.2", "写.png", "o.bin"])
def test_names_that_say_nothing_else_are_taken(name: str) -> None:
    check_name(Path(name), (".png",))


@pytest.mark.parametrize("name", ["o.jpg", "o.WEBP", "o.avif", "o.tif", "o.bmp", "o.gif", "o.rfsq", "o.svg", "o.txt"])
def test_names_that_say_another_format_are_refused(name: str) -> None:
    with pytest.raises(TargetError, match="ends in .png"):
        check_name(Path(name), (".png",))


def test_what_is_read_is_never_written_whatever_it_is_called(tmp_path: Path) -> None:
    photo, hard, soft = tmp_path / "photo.png", tmp_path / "hard.rfsq", tmp_path / "soft.rfsq"
    photo.write_bytes(b"photo")
    os.link(photo, hard)
    soft.symlink_to(photo)
    (tmp_path / "link").symlink_to(tmp_path)
    targets = Targets([photo], is_rfsq, overwrite=True)
    for name in ("photo.png", "hard.rfsq", "soft.rfsq", "link/photo.png", "./photo.png"):
        with pytest.raises(TargetError, match="what is read"):
            targets.write(tmp_path / name, b"RFSQ")
    assert photo.read_bytes() == b"photo"


def test_what_is_not_ours_stays_unless_that_is_asked_for(tmp_path: Path, pixels: np.ndarray) -> None:
    theirs, ours, empty = tmp_path / "theirs.png", tmp_path / "ours.png", tmp_path / "empty.png"
    theirs.write_bytes(encode_png(pixels))
    ours.write_bytes(reconstruction_file(pixels, ours))
    empty.write_bytes(b"")
    (tmp_path / "link.png").symlink_to(theirs)
    targets = Targets([], is_reconstruction, overwrite=False)
    for name in ("theirs.png", "link.png"):
        with pytest.raises(TargetError, match="not made by this command; .*--overwrite"):
            targets.write(tmp_path / name, b"new")
    for path in (ours, empty, tmp_path / "new.png", Path(os.devnull)):
        targets.write(path, b"new")
    assert theirs.read_bytes() == encode_png(pixels) and ours.read_bytes() == b"new"
    Targets([], is_reconstruction, overwrite=True).write(theirs, b"new")
    assert theirs.read_bytes() == b"new"


def test_two_results_of_one_run_do_not_become_one(tmp_path: Path) -> None:
    (tmp_path / "b.rfsq").symlink_to(tmp_path / "a.rfsq")  # as two names are one where case does not count
    targets = Targets([], is_rfsq, overwrite=True)
    targets.write(tmp_path / "a.rfsq", b"RFSQ a")
    with pytest.raises(TargetError, match="just made of another file"):
        targets.write(tmp_path / "b.rfsq", b"RFSQ b")
    assert (tmp_path / "a.rfsq").read_bytes() == b"RFSQ a"
