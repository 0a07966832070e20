"""One photo through several models: the pictures, traces, rates and scores that the Compare page shows.

A photo is encoded once per network. What every stage count gives follows from that one encoding, and is decoded when it is
asked for: decoding takes longer than all else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from rfsq.metrics import image as metrics
from rfsq.model.autoencoder import Progress
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.rate import Rate, token_grid
from rfsq.photos.pixels import to_pictures, to_pixels, to_tensor
from rfsq.quantizers.rounding import rms
from rfsq.quantizers.statistics import rms_left, signal_to_step

QUICK_PIXELS = 1_500_000  # beyond, perceptual scores take seconds


@dataclass(frozen=True, eq=False)
class CodedStage:
    """What stage k of a model says of a photo."""

    total: torch.Tensor  # (1, D, h, w) float32, sum of the first k stages; the latents of a continuous model
    indices: np.ndarray  # (h, w) int64, of stage k alone; empty for a continuous model
    codebook_size: int  # of stage k; 0 for a continuous model
    rate: Rate | None  # nominal, of the first k stages, side information counted; None for a continuous model
    signal: float | None  # RMS of what the stage rounds ÷ distance between its levels; None where there are none
    added_share: float  # RMS of what it adds ÷ RMS of what it got; above 1 it overshoots; NaN for a continuous model


@dataclass(frozen=True, eq=False)
class CodedPhoto:
    """A photo as a model codes it, at every number of stages. Nothing is decoded yet."""

    method: str  # name of the model
    height: int  # pixels
    width: int
    stages: tuple[CodedStage, ...]  # k = 1 … S
    side: np.ndarray  # (S, V) float32, exact in float16: what decoding needs besides the indices; V is 0 without
    residual_rms: tuple[
        float, ...
    ]  # before stage 1, then after each stage, of the latents; empty for a continuous model
    device: str  # torch device type that computed it

    @property
    def indices(self) -> np.ndarray:
        """Of all stages, (S, h, w) int64."""
        return np.stack([stage.indices for stage in self.stages])


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
        empty = torch.zeros(1, model.config.dim, *tokens, device=device)
        return to_pixels(model.decode(empty, height, width))


def code_photo(method: str, model: QuantizedAutoencoder, pixels: np.ndarray, latents: torch.Tensor) -> CodedPhoto:
    """A photo (H, W, 3) uint8 through the quantizer of a model. `latents`: what `model.encode` makes of it."""
    height, width = pixels.shape[:2]
    nothing = np.zeros((1, 0), np.float32)
    device = latents.device.type
    quantizer = model.quantizer
    if quantizer is None:
        stage = CodedStage(latents, np.empty((0, 0), np.int64), 0, None, None, math.nan)
        return CodedPhoto(method, height, width, (stage,), nothing, (), device)
    with torch.inference_mode():
        steps = list(quantizer.steps(latents))
        output = quantizer.collect(latents, steps)
        signals = signal_to_step(steps)
        left = rms_left(quantizer, latents, steps)
        shares = [rms(step.added) / rms(step.residual).clamp(min=1e-12) for step in steps]
        # Fetched together: a GPU is waited for once, not for every number.
        numbers = iter(torch.cat([*left, *shares, *(one for one in signals if one is not None)]).tolist())
        residual_rms = tuple(next(numbers) for _ in left)
        added = [next(numbers) for _ in shares]
        indices = output.indices[0].cpu().numpy()
        stages = tuple(
            CodedStage(
                step.total,
                indices[k - 1],
                quantizer.codebook_sizes[k - 1],
                model.rate(height, width, k),
                None if signal is None else next(numbers),
                added[k - 1],
            )
            for k, (step, signal) in enumerate(zip(steps, signals, strict=True), start=1)
        )
    side = nothing.repeat(len(stages), axis=0) if output.side is None else output.side[0].cpu().numpy()
    return CodedPhoto(method, height, width, stages, side, residual_rms, device)


def decode_stages(
    model: QuantizedAutoencoder,
    coded: Sequence[tuple[QuantizedAutoencoder, CodedPhoto, int]],
    progress: Progress | None = None,
) -> list[np.ndarray]:
    """Pictures (H, W, 3) uint8 of photos of one size after some of their stages, decoded together by one network.

    model: whose decoder it is. coded: for each picture, the model that coded it (`model`, or a stack that was fitted to it),
    the photo and k. progress: is told after each tile of large pictures.
    """
    with torch.inference_mode():
        latents = torch.cat([owner.decoder_input(photo.stages[k - 1].total) for owner, photo, k in coded])
        pictures = model.run_decoder(latents, coded[0][1].height, coded[0][1].width, progress)
        return list(to_pictures(pictures))


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
