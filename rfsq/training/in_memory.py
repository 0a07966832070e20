"""All training photos decoded once, held on the device that trains, and cropped there.

For data sets that fit: 25,000 photos of 64×64 take 0.3 GB. The crops are those that `PhotoCache` gives, bit for bit; what
goes away is the work for them, which a GPU would wait for.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from rfsq.photos.errors import ImageError
from rfsq.photos.read import read_image
from rfsq.training.config import TrainConfig
from rfsq.training.crops import Window, random_window
from rfsq.training.data import DataError, PhotoCache, PhotoSource, TrainingPhoto

_THREADS = 8  # that decode


class DecodedPhotos:
    """The pixels of all photos of a source, one after the other. Raises DataError beyond `limit_bytes`."""

    def __init__(self, source: PhotoSource, limit_bytes: int = 16 * 10**9) -> None:
        self.errors: dict[str, str] = {}
        self.sizes: dict[str, tuple[int, int]] = {}  # by key: height and width
        self.starts: dict[str, int] = {}  # by key: first pixel in `pixels`
        parts: list[np.ndarray] = []
        total = 0
        with ThreadPoolExecutor(_THREADS) as pool:
            for key, pixels in pool.map(self._decode, source.epoch(0, seed=0)):
                if pixels is None:
                    continue
                self.sizes[key], self.starts[key] = pixels.shape[:2], total
                parts.append(pixels.reshape(-1, 3))
                total += len(parts[-1])
                if 3 * total > limit_bytes:
                    raise DataError(f"The photos need more than {limit_bytes / 1e9:g} GB of memory; train from disk.")
        self.pixels = np.concatenate(parts) if parts else np.zeros((0, 3), np.uint8)  # (all pixels, 3) uint8

    def _decode(self, photo: TrainingPhoto) -> tuple[str, np.ndarray | None]:
        try:
            return photo.key, read_image(photo.content)
        except ImageError as error:
            self.errors[photo.key] = str(error)
            return photo.key, None


class PhotosOnDevice(PhotoCache):
    """Decoded photos on a device, in the place of a `PhotoCache`."""

    def __init__(self, photos: DecodedPhotos, device: torch.device) -> None:
        super().__init__(limit_bytes=0)
        self.errors = dict(photos.errors)
        self.photos = photos
        self._pixels = torch.from_numpy(photos.pixels).to(device)

    def pixels(self, photo: TrainingPhoto) -> np.ndarray | None:
        if photo.key not in self.photos.starts:
            return super().pixels(photo)
        start, (height, width) = self.photos.starts[photo.key], self.photos.sizes[photo.key]
        return self.photos.pixels[start : start + height * width].reshape(height, width, 3)

    def crop(self, photo: TrainingPhoto, recipe: TrainConfig, rng: np.random.Generator) -> np.ndarray | None:
        """Where the crop's pixels are: (2, size), the first pixel of each row, and what each column adds."""
        if photo.key not in self.photos.starts:
            return None
        height, width = self.photos.sizes[photo.key]
        window: Window = random_window(height, width, recipe.crop, recipe.flip, rng)
        return np.stack([self.photos.starts[photo.key] + window.rows(height) * width, window.columns(width)])

    def images(self, crops: Sequence[np.ndarray]) -> Tensor:
        places = torch.from_numpy(np.stack(crops)).to(self._pixels.device)  # (B, 2, size) int64
        chosen = self._pixels[places[:, 0, :, None] + places[:, 1, None, :]]  # (B, size, size, 3)
        return chosen.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)  # channels last; the values of `to_tensor`
