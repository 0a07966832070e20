"""Latents of training photos that stacks are fitted to: the same for everybody, so that everybody gets the same stack.

    checkpoints/NAME.calibration.safetensors    beside NAME.safetensors, tied to its weights by their hash

From each photo a quarter of the latents is taken, at random places and in random order: enough for the statistics of an
image, and nothing that could be decoded to a picture of it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from rfsq.machine.atomic import write_atomically
from rfsq.model.checkpoint import CheckpointError, checkpoint_files
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO
from rfsq.photos.pixels import to_tensor

PHOTOS = 1024
_KEPT = 0.25  # of the latents of a photo
_LIMIT = 64 * 2**20  # bytes of a file
_MIN_STD = 1e-6


@dataclass(frozen=True)
class Calibration:
    """Latents of a network, and the constants that bring them to mean 0 and deviation 1 in each channel."""

    latents: Tensor  # (P, D, n, n) float32, as the encoder gives them
    mean: Tensor  # (D,)
    std: Tensor  # (D,)

    @property
    def standardized(self) -> Tensor:
        """(P, D, n, n)"""
        return (self.latents - self.mean.view(1, -1, 1, 1)) / self.std.view(1, -1, 1, 1)


def calibration_path(weights: Path) -> Path:
    """Where the calibration of a network is, by the path of its weights."""
    return weights.with_name(weights.name.removesuffix(".safetensors") + ".calibration.safetensors")


def calibrated_models() -> tuple[str, ...]:
    """Names of the zoo's networks whose calibration is there, in the order of the zoo."""
    files = checkpoint_files()
    return tuple(name for name in ZOO if calibration_path(Path(f"{name}.safetensors")).name in files)


def collect_latents(model: QuantizedAutoencoder, photos: Iterable[np.ndarray], seed: int = 0) -> Tensor:
    """Scattered latents of photos (H, W, 3) uint8 of one size: (P, D, n, n), n² a quarter of a photo's tokens."""
    generator = torch.Generator().manual_seed(seed)
    parts = []
    with torch.inference_mode():
        for pixels in photos:
            tokens = model.encode(to_tensor(pixels).to(next(model.parameters()).device)).cpu().flatten(2)
            side = max(1, int((tokens.shape[2] * _KEPT) ** 0.5))
            order = torch.randperm(tokens.shape[2], generator=generator)[: side * side]
            parts.append(tokens[:, :, order].view(1, -1, side, side))
    return torch.cat(parts)


def save_calibration(latents: Tensor, path: Path, weights_sha256: str) -> None:
    """Write latents (P, D, n, n) in half precision."""
    content = save({"latents": latents.half().contiguous()}, {"weights_sha256": weights_sha256})
    write_atomically(path, content)


def load_calibration(weights: Path, weights_sha256: str, dim: int) -> Calibration:
    """The calibration beside a network's weights. Raises CheckpointError: missing, damaged, or of other weights."""
    path = calibration_path(weights)
    try:
        if path.stat().st_size > _LIMIT:
            raise CheckpointError(f"{path.name} is larger than {_LIMIT // 2**20} MiB, which no calibration is.")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError(
            f"There is no {path.name}, so no stack can be fitted; `rfsq calibrate` makes it from training photos."
        ) from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}).") from error
    try:
        tensors = load(content)
        (length,) = struct.unpack_from("<Q", content)
        facts = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    except (SafetensorError, ValueError, KeyError, AttributeError, TypeError, RuntimeError, struct.error) as error:
        raise CheckpointError(f"{path.name} is truncated or not a safetensors file.") from error
    if facts.get("weights_sha256") != weights_sha256:
        raise CheckpointError(f"{path.name} belongs to other weights of that network; `rfsq calibrate` makes it again.")
    latents = tensors.get("latents")
    if latents is None or latents.ndim != 4 or latents.shape[1] != dim or not latents.numel():
        raise CheckpointError(f"{path.name} does not hold latents of {dim} channels.")
    latents = latents.float()
    if not bool(latents.isfinite().all()):
        raise CheckpointError(f"{path.name} holds values that are not finite.")
    return Calibration(latents, latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3)).clamp(min=_MIN_STD))
