"""Training photos from a folder or from tar shards, in an order that a resumed run can repeat.

The order depends on the seed and the epoch alone, so "skip the first n photos of epoch e" is all that resuming takes,
on however many processes. All processes walk through the same list and cut the same batches from it; of each batch, a
process decodes its own part only. So a run on N processes trains on what one process would train on. The price is that
every process reads all shards (not the photos of a folder): N times the traffic of one, and the photos per second that
one process can read, undecoded, are a limit for the whole run.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import webdataset as wds
from torch import Tensor

from rfsq.machine.folders import files_in
from rfsq.machine.processes import SINGLE_PROCESS, ProcessGroup
from rfsq.photos.errors import ImageError
from rfsq.photos.pixels import to_tensor
from rfsq.photos.read import IMAGE_SUFFIXES, read_image
from rfsq.style.names import printable
from rfsq.training import shards
from rfsq.training.config import TrainConfig
from rfsq.training.crops import random_crop

_SHUFFLE_BUFFER = 5_000  # photos of a shard stream that are mixed at a time


class DataError(ValueError):
    """The training data cannot be used; the message says why in one sentence."""


@dataclass(frozen=True)
class TrainingPhoto:
    """One training photo that is not decoded yet."""

    key: str
    content: bytes | Path


class PhotoSource:
    """Where the photos are: a folder of images (searched recursively), a folder of .tar shards, or shard URLs.

    A shard list may be a brace pattern ("http://…/train-{0000..0099}.tar") or anything else webdataset opens. Every file
    or member named like a picture is a photo, whatever else its name holds, but for hidden ones; in shards, links are
    not followed. Raises DataError when there is nothing to read.
    """

    def __init__(self, location: str | Path) -> None:
        self.location = str(location)
        self.shards, self.files = _find(self.location)

    def epoch(self, epoch: int, seed: int) -> Iterator[TrainingPhoto]:
        """The photos of one epoch in shuffled order. Raises DataError, possibly late, when a shard is damaged."""
        rng = random.Random(f"{seed}/{epoch}")
        return self._shuffled_files(rng) if self.files else self._shuffled_shards(rng)

    def count(self) -> int:
        """Photos in one epoch. Reads the headers of local shards, once; raises DataError for remote ones (say how many)."""
        return self._count

    @cached_property
    def _count(self) -> int:
        if self.files:
            return len(self.files)
        if any(map(shards.is_remote, self.shards)):
            raise DataError("The number of photos in remote shards is not known; give it with --photos.")
        try:
            return sum(len(shards.photo_names(shard)) for shard in self.shards)
        except shards.ShardError as error:
            raise DataError(str(error)) from error

    def _shuffled_files(self, rng: random.Random) -> Iterator[TrainingPhoto]:
        order = list(self.files)
        rng.shuffle(order)
        return (TrainingPhoto(str(path), path) for path in order)

    def _shuffled_shards(self, rng: random.Random) -> Iterator[TrainingPhoto]:
        order = list(self.shards)
        rng.shuffle(order)
        photos = (
            TrainingPhoto(f"{shard}/{name}", content) for shard in order for name, content in shards.read_photos(shard)
        )
        try:
            yield from wds.shuffle(_SHUFFLE_BUFFER, initial=_SHUFFLE_BUFFER, rng=rng)(photos)
        except shards.ShardError as error:
            raise DataError(f"The shards at {printable(self.location)} cannot be read to the end: {error}") from error


def _find(location: str) -> tuple[list[str], list[Path]]:
    """Shards or files, of which one is empty. Shards in the folder itself go before photos, those in deeper ones after."""
    path = Path(location)
    if path.is_dir():
        try:
            tars, files = files_in(path, (".tar",)), files_in(path, IMAGE_SUFFIXES)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise DataError(f"The folder {printable(error.filename or location)} cannot be read: {reason}.") from error
        tars = [tar for tar in tars if tar.parent == path] or ([] if files else tars)
        if not tars and not files:
            raise DataError(f"There are no photos and no .tar shards in {printable(location)}.")
        return [str(tar) for tar in tars], ([] if tars else files)
    if path.is_file():
        if path.suffix.lower() != ".tar":
            raise DataError(f"{printable(location)} is neither a folder nor a .tar shard.")
        return [str(path)], []
    if "{" not in location and not shards.is_remote(location):
        raise DataError(f"There is no folder or shard at {printable(location)}.")
    try:
        return shards.expand(location), []
    except shards.ShardError as error:
        raise DataError(str(error)) from error


class PhotoCache:
    """Decoded photos, kept while they fit, so that later epochs of a small data set cost no decoding.

    Photos that cannot be read are counted in `unreadable` and skipped; `errors` says why, by their keys.
    """

    def __init__(self, limit_bytes: int = 2 * 10**9) -> None:
        self.limit_bytes = limit_bytes
        self.errors: dict[str, str] = {}
        self._bytes = 0
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()

    @property
    def unreadable(self) -> int:
        """How many different photos could not be read so far."""
        return len(self.errors)

    def leave_out(self, photo: TrainingPhoto) -> None:
        """Count a photo as unreadable, because another process could not read it."""
        self.errors.setdefault(photo.key, "Another process could not read it.")

    def pixels(self, photo: TrainingPhoto) -> np.ndarray | None:
        """(H, W, 3) uint8, or None if the photo cannot be read."""
        if photo.key in self._kept:
            return self._kept[photo.key]
        if photo.key in self.errors:
            return None
        try:
            pixels = read_image(photo.content)
        except ImageError as error:
            self.errors[photo.key] = str(error)
            return None
        if self._bytes + pixels.nbytes <= self.limit_bytes:
            self._kept[photo.key] = pixels
            self._bytes += pixels.nbytes
        return pixels

    def crop(self, photo: TrainingPhoto, recipe: TrainConfig, rng: np.random.Generator) -> np.ndarray | None:
        """A random crop in a form that `images` takes, or None if the photo cannot be read."""
        pixels = self.pixels(photo)
        return None if pixels is None else random_crop(pixels, recipe.crop, recipe.flip, rng)

    def images(self, crops: Sequence[np.ndarray]) -> Tensor:
        """Crops of one size -> (B, 3, H, W) float32 in [-1, 1]."""
        return to_tensor(np.stack(crops))


@dataclass(frozen=True)
class Batch:
    """One process's part of a global batch of crops, and where the global batch ends in the epoch (to resume there)."""

    images: Tensor  # (batch_size / processes, 3, crop, crop) float32 in [-1, 1]
    position: int  # photos of the epoch that all processes together have used up


def batches(
    source: PhotoSource,
    cache: PhotoCache,
    recipe: TrainConfig,
    *,
    epoch: int,
    position: int = 0,
    processes: ProcessGroup = SINGLE_PROCESS,
) -> Iterator[Batch]:
    """Full batches of one epoch, after its first `position` photos; the last incomplete batch is left out.

    Each photo gives one random crop, mirrored half of the time if the recipe says so; a photo smaller than the crop
    is enlarged by repeating its edge. Crops depend on seed, epoch and number of the photo in the epoch only. A batch is
    the next `batch_size` photos that can be read; the processes tell each other which of their photos cannot.
    """
    share = processes.share(recipe.batch_size)
    photos = islice(enumerate(source.epoch(epoch, recipe.seed)), position, None)
    window: list[tuple[int, TrainingPhoto]] = []  # what is known of the next global batch
    crops: dict[int, np.ndarray | None] = {}
    while True:
        window += islice(photos, recipe.batch_size - len(window))
        if len(window) < recipe.batch_size:
            return
        for number, photo in window[share]:
            if number not in crops:
                crops[number] = cache.crop(photo, recipe, _generator(recipe, epoch, number))
        own = [crops[number] for number, _ in window[share]]
        readable = processes.gather([crop is not None for crop in own])
        if all(readable):
            yield Batch(cache.images([crop for crop in own if crop is not None]), window[-1][0] + 1)
            window, crops = [], {}
        else:
            for (_, photo), fine in zip(window, readable, strict=True):
                if not fine:
                    cache.leave_out(photo)
            window = [entry for entry, fine in zip(window, readable, strict=True) if fine]


def _generator(recipe: TrainConfig, epoch: int, number: int) -> np.random.Generator:
    return np.random.default_rng([recipe.seed, epoch, number, 0])  # the 0 was once a rank: shipped models depend on it
