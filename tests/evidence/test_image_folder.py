"""A folder of images: its files in order, what cannot be read with the reason, and a digest that tells two folders apart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rfsq.evidence.image_folder import EvaluationError, folder_digest, image_batches, image_files, readable_images

Photo = Callable[..., np.ndarray]


@pytest.fixture
def folder(tmp_path: Path, photo: Photo) -> Path:
    """0.png … 2.png, the last of another size; broken.png is no picture, notes.txt none either."""
    for number, (height, width) in enumerate([(8, 12), (8, 12), (12, 8)]):
        Image.fromarray(photo(height, width, number)).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_measured(folder: Path) -> None:
    files = image_files(folder)
    assert [file.name for file in files] == ["0.png", "1.png", "2.png", "broken.png"]
    good, errors = readable_images(files)
    assert good == files[:3] and list(errors) == files[3:]
    assert "cannot read this file" in errors[folder / "broken.png"]
    with pytest.raises(EvaluationError, match="^None of the 1 images can be read; broken.png: "):
        readable_images(files[3:])


def test_a_batch_ends_where_the_size_changes(folder: Path) -> None:
    shapes = [tuple(batch.shape) for batch in image_batches(image_files(folder)[:3], 16)]
    assert shapes == [(2, 3, 8, 12), (1, 3, 12, 8)]
    assert [len(batch) for batch in image_batches(image_files(folder)[:3], 1)] == [1, 1, 1]
    with pytest.raises(EvaluationError, match="^broken.png: We cannot read this file"):
        list(image_batches(image_files(folder), 16))


def test_the_first_batch_is_the_pictures_themselves(folder: Path, photo: Photo) -> None:
    batch = next(image_batches(image_files(folder), 2))
    pixels = np.stack([photo(8, 12, 0), photo(8, 12, 1)])
    assert torch.equal(batch, torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1)


def test_the_digest_changes_with_a_name_and_with_a_byte(folder: Path) -> None:
    digest = folder_digest(image_files(folder))
    (folder / "broken.png").rename(folder / "other.png")
    renamed = folder_digest(image_files(folder))
    (folder / "other.png").write_bytes(b"no pictures")
    assert len({digest, renamed, folder_digest(image_files(folder))}) == 3


def test_a_folder_without_images_and_one_that_is_not_there_are_said(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no folder"):
        image_files(tmp_path / "nowhere")
    with pytest.raises(EvaluationError, match="no images in"):
        image_files(tmp_path)
