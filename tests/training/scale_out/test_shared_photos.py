"""Several processes share the photos of an epoch."""

from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from several_processes import PHOTOS, together

from rfsq.machine.processes import ProcessGroup
from rfsq.training.config import TrainConfig
from rfsq.training.data import Batch, PhotoCache, PhotoSource, batches

pytestmark = pytest.mark.slow


def _draw(locations: list[str], batch_size: int) -> list[tuple[list[Any], int]]:
    """(images and position of each batch, unreadable photos) of the second epoch at each location."""
    accelerator = Accelerator(cpu=True)
    processes = ProcessGroup(accelerator.process_index, accelerator.num_processes)
    return [drawn(location, batch_size, processes) for location in locations]


def drawn(location: str, batch_size: int, processes: ProcessGroup) -> tuple[list[Any], int]:
    cache, recipe = PhotoCache(), TrainConfig(batch_size=batch_size, crop=16)
    found: list[Batch] = list(batches(PhotoSource(location), cache, recipe, epoch=1, processes=processes))
    return [(batch.images, batch.position) for batch in found], cache.unreadable


@pytest.mark.parametrize(("size", "batch_size"), [(2, 16), (3, 12)])
def test_processes_share_the_photos_of_an_epoch_without_loss_or_repetition(
    size: int, batch_size: int, photos: Path, shards: Path, spoilt: Path, url: str, tmp_path: Path
) -> None:
    locations = [str(photos), str(shards), str(spoilt), url]
    results = together(size, tmp_path, _draw, locations, batch_size)
    for number, location in enumerate(locations):
        alone, unreadable = drawn(location, batch_size, ProcessGroup())
        parts = [result[number][0] for result in results]
        assert [len(part) for part in parts] == [PHOTOS // batch_size] * size == [len(alone)] * size
        for batch, (images, position) in enumerate(alone):  # its parts in a row are what one process would draw
            assert torch.equal(torch.cat([part[batch][0] for part in parts]), images)
            assert {part[batch][1] for part in parts} == {position}
        blue = torch.cat([images[:, 2].mean(dim=(1, 2)) for part in parts for images, _ in part])
        seen = ((blue + 1) * 127.5 / 3).round().int().tolist()
        assert len(set(seen)) == len(seen) == PHOTOS // batch_size * batch_size
        assert {result[number][1] for result in results} == {unreadable}
        assert (unreadable > 0) == (location == str(spoilt))
