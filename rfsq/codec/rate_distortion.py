"""Quality against the bytes of real files: our stages, and other formats over their qualities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from rfsq.codec.codec import Codec, compress, reconstruct
from rfsq.codec.other_formats import FormatFile
from rfsq.metrics import image as metrics
from rfsq.photos.pixels import to_tensor

RdMetric = Literal["psnr_db", "ssim", "flip"]


@dataclass(frozen=True, eq=False)
class StageFile:
    """A picture in a `.rfsq` file that ends after k stages."""

    model: str
    stages: int
    size: int  # bytes, header and side information included
    pixels: np.ndarray  # (H, W, 3) uint8, decoded


@dataclass(frozen=True)
class RatePoint:
    """One file: its size and its quality."""

    label: str  # the stage count, "2", or "quality 45"
    size: float  # bytes; a mean over photos may be broken
    score: float


def stage_files(codec: Codec, pixels: np.ndarray) -> list[StageFile]:
    """The file of (H, W, 3) uint8 pixels after 1 … S stages: one compression, cut after each segment.

    Raises CodecError and BitstreamError as `compress` does.
    """
    whole = compress(codec, pixels)
    files = []
    for k, size in enumerate(whole.sizes, start=1):
        tokens = replace(whole.tokens, indices=whole.tokens.indices[:k], side=whole.tokens.side[:k])
        files.append(StageFile(codec.name, k, size, reconstruct(codec, tokens)))
    return files


def measure(original: np.ndarray, shown: np.ndarray, metric: RdMetric) -> float:
    """One score of a picture against its original, both (H, W, 3) uint8; NaN where the picture is too small for it."""
    if metric == "flip":
        return metrics.flip(original, shown).mean
    with torch.inference_mode():
        score = metrics.psnr_db if metric == "psnr_db" else metrics.ssim
        return float(score(to_tensor(original), to_tensor(shown)))


def rate_point(original: np.ndarray, file: StageFile | FormatFile, metric: RdMetric) -> RatePoint:
    """Size and score of one file of the picture `original`, (H, W, 3) uint8."""
    label = str(file.stages) if isinstance(file, StageFile) else f"quality {file.quality}"
    return RatePoint(label, file.size, measure(original, file.pixels, metric))


def score_at(points: Iterable[RatePoint], size: int) -> float | None:
    """The score where a curve passes `size` bytes, interpolated over the logarithm; None outside the curve."""
    curve = sorted((point.size, point.score) for point in points)
    if not curve or not curve[0][0] <= size <= curve[-1][0]:
        return None
    return float(np.interp(np.log(size), np.log([x for x, _ in curve]), [y for _, y in curve]))
