"""A photo in its own size, and the copy of it that the models see."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor

from rfsq.app.shared.loaded_models import checkpoint_of
from rfsq.app.shared.store import keep_pixels, store
from rfsq.evidence.comparison import QUICK_PIXELS
from rfsq.model.checkpoint import Checkpoint
from rfsq.photos.pixels import fit_within, to_tensor

OWN_PHOTO: Final = "own"  # the photo that a person brought: never part of a link
FIRST_PHOTO: Final = "cat"  # the example that is there before anyone chooses
SIZES: Final = {"128": "128 px", "256": "256 px", "512": "512 px", "full": "full size"}
FULL_PIXELS: Final = 12_000_000  # "full size" of larger photos: beyond, four methods would take minutes on a CPU


@dataclass(frozen=True, eq=False)
class ChosenPhoto:
    """The original that was chosen, in its own size."""

    name: str  # of the example, or OWN_PHOTO
    title: str  # for people
    hint: str  # what to look for
    credit: str  # author and licence; empty for a person's own
    digest: str  # names the pixels
    pixels: np.ndarray  # (H, W, 3) uint8
    thumbnail: str = ""  # data URL of a person's own
    note: str = ""  # a sentence without which its scores would mislead


@dataclass(frozen=True, eq=False)
class WorkingPhoto:
    """The copy that the models see, and where they compute. A run of a page makes its own."""

    key: str  # names the pixels
    pixels: np.ndarray  # (H, W, 3) uint8, read-only
    note: str | None = None  # a sentence when it is smaller than asked for
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    _checkpoints: dict[str, Checkpoint] = field(default_factory=dict, init=False, repr=False)

    def checkpoint(self, name: str) -> Checkpoint:
        """`checkpoint_of` on this device, looked up once: all of a run sees the same weights. Raises CheckpointError."""
        found = self._checkpoints.get(name)
        if found is None:
            found = self._checkpoints[name] = checkpoint_of(name, self.device)
        return found

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def large(self) -> bool:
        """Whether a method takes seconds for it on a CPU."""
        return self.pixels.shape[0] * self.pixels.shape[1] > QUICK_PIXELS

    @property
    def image(self) -> Tensor:
        """What a network gets: (1, 3, H, W) in [-1, 1], on the CPU. Made once for all models and viewers: never change it."""
        return store().get(("image", self.key), lambda: to_tensor(self.pixels), lambda image: image.nbytes)


def working_photo(photo: ChosenPhoto, size: str, device: torch.device | None = None) -> WorkingPhoto:
    """The photo with its longer side at most `size` pixels, or (nearly) as it is for "full". device: the CPU if None."""
    note = None
    height, width = photo.pixels.shape[:2]
    longest = None if size == "full" else int(size)
    if longest is None and height * width > FULL_PIXELS:
        longest = int(max(height, width) * (FULL_PIXELS / (height * width)) ** 0.5)
        megapixels = f"{height * width / 1e6:.0f} megapixels"
        note = f"This photo has {megapixels}; the page works on a copy of {FULL_PIXELS / 1e6:g}."
    pixels = keep_pixels((photo.digest, longest), partial(_resized, photo.pixels, longest))
    return WorkingPhoto(f"{photo.digest}-{longest}", pixels, note, device or torch.device("cpu"))


def _resized(pixels: np.ndarray, longest: int | None) -> np.ndarray:
    return fit_within(pixels, longest).copy()  # a copy, because the kept one becomes read-only
