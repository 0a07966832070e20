"""One photo through several models: the pictures, traces, rates and scores that the Compare page shows.

A photo is encoded once per model. What every stage count gives follows from that one encoding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from rfsq.metrics import image as metrics
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.rate import Rate, token_grid
from rfsq.photos.pixels import to_pixels, to_tensor

QUICK_PIXELS = 1_500_000  # beyond, perceptual scores take seconds


@dataclass(frozen=True)
class StageResult:
    """What the first k stages of a model make of a photo."""

    pixels: np.ndarray  # (H, W, 3) uint8, the reconstruction
    rate: Rate | None  # nominal, side information counted; None for a continuous model
    indices: np.ndarray  # (h, w) int64, of stage k alone; empty for a continuous model
    codebook_size: int  # of stage k; 0 for a continuous model


@dataclass(frozen=True)
class Reconstruction:
    """A photo through one model, at every number of stages."""

    method: str  # name of the model
    stages: tuple[StageResult, ...]  # k = 1 … S
    start: np.ndarray  # (H, W, 3) uint8: the decoder's picture of all-zero latents, before any stage
    residual_rms: tuple[float, ...]  # before stage 1, then after each stage; empty for a continuous model
    device: str  # torch device type that computed it


@dataclass(frozen=True)
class Scores:
    """Quality of one reconstruction; NaN where it cannot be measured (`metrics.…_reason` says why)."""

    psnr_db: float
    ssim: float
    ms_ssim: float
    l1: float  # on the [-1, 1] scale
    flip: float
    flip_error: np.ndarray | None  # (H, W) float32 in [0, 1]


def empty_picture(model: QuantizedAutoencoder, height: int, width: int, device: torch.device) -> np.ndarray:
    """What the decoder draws before any stage, of all-zero latents: (H, W, 3) uint8, the same for all photos."""
    with torch.inference_mode():
        tokens = token_grid(height, width, model.stride)
        return _picture(model, torch.zeros(1, model.config.dim, *tokens, device=device), height, width)


def run_method(
    method: str,
    model: QuantizedAutoencoder,
    pixels: np.ndarray,
    device: torch.device,
    *,
    start: np.ndarray | None = None,
    image: torch.Tensor | None = None,
    latents: torch.Tensor | None = None,
) -> Reconstruction:
    """Encode a photo (H, W, 3) uint8 once and decode it after every stage.

    `start`: the empty picture, `image`: `to_tensor(pixels)`, and `latents`: what `model.encode` makes of it, for callers
    that have them already.
    """
    height, width = pixels.shape[:2]
    with torch.inference_mode():
        images = (to_tensor(pixels) if image is None else image).to(device)
        latents = model.encode(images) if latents is None else latents
        output = model.quantize(latents) if model.quantizer is not None else None
        sums = [latents] if output is None else [stage.quantized for stage in output.stages]
        pictures = [_picture(model, quantized, height, width) for quantized in sums]
    traces = () if output is None else output.stages
    indices = [trace.indices[0].cpu().numpy() for trace in traces] or [np.empty((0, 0), np.int64)]
    sizes = [trace.codebook_size for trace in traces] or [0]
    norms = [traces[0].rms_before, *(trace.rms_after for trace in traces)] if traces else []
    return Reconstruction(
        method,
        tuple(
            StageResult(picture, model.rate(height, width, k + 1), indices[k], sizes[k])
            for k, picture in enumerate(pictures)
        ),
        start=empty_picture(model, height, width, device) if start is None else start,
        residual_rms=tuple(float(norm) for norm in norms),
        device=device.type,
    )


def _picture(model: QuantizedAutoencoder, quantized: torch.Tensor, height: int, width: int) -> np.ndarray:
    return to_pixels(model.decode(quantized, height, width).cpu())


def slow_scores_reason(height: int, width: int) -> str | None:
    """Why a page that people wait for leaves out SSIM, MS-SSIM and ꟻLIP at this size; None when it need not."""
    if height * width <= QUICK_PIXELS:
        return None
    return f"Measured up to {QUICK_PIXELS / 1e6:g} megapixels here; `python -m rfsq reconstruct` measures any size."


def score(
    original: np.ndarray, reconstruction: np.ndarray, *, perceptual: bool = True, image: torch.Tensor | None = None
) -> Scores:
    """Measure one picture (H, W, 3) uint8 against its original, from the 8-bit pixels that people see.

    Without `perceptual` only PSNR and L1, which take milliseconds: ꟻLIP takes 20 s for 12 megapixels and keeps
    Python's lock meanwhile. `image`: `to_tensor(original)`, for callers that have it already.
    """
    with torch.inference_mode():
        x, y = to_tensor(original) if image is None else image, to_tensor(reconstruction)
        if not perceptual:
            return Scores(float(metrics.psnr_db(x, y)), math.nan, math.nan, float(metrics.l1(x, y)), math.nan, None)
        flip = metrics.flip(original, reconstruction)
        return Scores(
            float(metrics.psnr_db(x, y)),
            float(metrics.ssim(x, y)),
            float(metrics.ms_ssim(x, y)),
            float(metrics.l1(x, y)),
            flip.mean,
            flip.error,
        )
