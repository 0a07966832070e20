"""Quality against the bytes of real files: our stages, and other formats over their qualities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import torch

from rfsq.codec.codec import Codec, compress, reconstruct
from rfsq.codec.other_formats import FormatFile
from rfsq.metrics import image as metrics
from rfsq.metrics.learned import StLpipsScore
from rfsq.metrics.st_lpips import StLpips
from rfsq.photos.pixels import to_tensor

PixelMetric = Literal["psnr_db", "ssim", "flip"]
RdMetric = PixelMetric | StLpipsScore
RD_METRICS: Final[tuple[RdMetric, ...]] = ("psnr_db", "ssim", "flip", "st_lpips", "st_lpips_vgg")


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


def measure(original: np.ndarray, shown: np.ndarray, metric: PixelMetric) -> float:
    """One score of a picture against its original, both (H, W, 3) uint8; NaN where the picture is too small for it."""
    if metric == "flip":
        return metrics.flip(original, shown).mean
    with torch.inference_mode():
        score = metrics.psnr_db if metric == "psnr_db" else metrics.ssim
        return float(score(to_tensor(original), to_tensor(shown)))


def distances(original: np.ndarray, shown: Sequence[np.ndarray], network: StLpips) -> list[float]:
    """ST-LPIPS of pictures against one original, all (H, W, 3) uint8; NaN for sizes that the network cannot take."""
    if not shown:
        return []
    device = next(network.parameters()).device
    with torch.inference_mode():
        pictures = torch.cat([to_tensor(pixels) for pixels in shown]).to(device)
        return [float(distance) for distance in network(to_tensor(original).to(device), pictures)]


def label_of_file(file: StageFile | FormatFile) -> str:
    """The stage count, "2", or "quality 45"."""
    return str(file.stages) if isinstance(file, StageFile) else f"quality {file.quality}"


def score_at(points: Iterable[RatePoint], size: int) -> float | None:
    """The score where a curve passes `size` bytes, interpolated over the logarithm; None outside the curve."""
    curve = sorted((point.size, point.score) for point in points)
    if not curve or not curve[0][0] <= size <= curve[-1][0]:
        return None
    return float(np.interp(np.log(size), np.log([x for x, _ in curve]), [y for _, y in curve]))
