"""Photos in memory: the same crops as from disk, photo by photo, and the same training."""

import shutil
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rfsq.model.config import ModelConfig
from rfsq.training.config import TrainConfig
from rfsq.training.data import DataError, PhotoCache, PhotoSource, batches
from rfsq.training.in_memory import DecodedPhotos, PhotosOnDevice
from rfsq.training.loop import train

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(photo_folder: Path, photo: Callable[..., np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of different sizes, two of them smaller than the crop, and two files that are none."""
    target = tmp_path_factory.mktemp("mixed") / "photos"
    shutil.copytree(photo_folder, target)
    Image.fromarray(photo(9, 30, 1)).save(target / "flat.png")
    Image.fromarray(photo(3, 2, 2)).save(target / "tiny.png")
    for name in ("broken-a.png", "broken-b.jpg"):
        (target / name).write_bytes(b"no photo")
    return target


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("position", [0, 5])
def test_the_crops_are_those_that_come_from_disk(folder: Path, flip: bool, position: int) -> None:
    source, recipe = PhotoSource(folder), TrainConfig(batch_size=3, crop=16, flip=flip, seed=4)
    disk, memory = PhotoCache(), PhotosOnDevice(DecodedPhotos(source), CPU)
    for epoch in (0, 1):
        pairs = [batches(source, cache, recipe, epoch=epoch, position=position) for cache in (disk, memory)]
        seen = 0
        for one, other in zip_longest(*pairs):
            assert one.position == other.position and torch.equal(one.images, other.images)
            seen += 1
        assert seen == (3 if position else 4)
    assert memory.errors == disk.errors and memory.unreadable == 2
    for photo in source.epoch(0, 0):
        expected = disk.pixels(photo)
        found = memory.pixels(photo)
        assert (found is None) == (expected is None) and (expected is None or np.array_equal(found, expected))


def test_a_run_in_memory_learns_what_a_run_from_disk_learns(
    tiny: Callable[..., ModelConfig], folder: Path, tmp_path: Path
) -> None:
    recipe = TrainConfig(epochs=3, batch_size=4, crop=16, learning_rate=1e-2)
    weights = []
    for name in ("disk", "memory"):
        source = PhotoSource(folder)
        cache = PhotosOnDevice(DecodedPhotos(source), CPU) if name == "memory" else PhotoCache()
        trained = train(
            tiny(num_stages=2, conditioning="scale"),
            recipe,
            source,
            tmp_path / name,
            cache=cache,
            progress_bar=False,
            cpu=True,
        )
        weights.append(trained.model.state_dict())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_photos_that_do_not_fit_are_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="need more than 1e-06 GB of memory; train from disk"):
        DecodedPhotos(PhotoSource(folder), limit_bytes=1000)
