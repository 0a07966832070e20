"""A frame of a camera through models: what a person sees of it while it moves, and no more than that.

All stages are coded, as that is quick, and one picture of each model is decoded. Models around one network share its
encoding, and are decoded together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from rfsq.metrics import image as metrics
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.rate import Rate
from rfsq.photos.pixels import to_pictures, to_tensor
from rfsq.quantizers.statistics import rms_left


@dataclass(frozen=True, eq=False)
class LiveModel:
    """A model, and whose network it has."""

    model: QuantizedAutoencoder  # with a quantizer
    network: QuantizedAutoencoder  # what the model was fitted to, or the model itself


@dataclass(frozen=True, eq=False)
class LivePicture:
    """What a model makes of a frame."""

    pixels: np.ndarray  # (H, W, 3) uint8, after the first k stages
    psnr_db: float  # of these pixels against the frame's
    left: tuple[float, ...]  # of all S stages: RMS of what each leaves of the latents ÷ RMS of the latents
    rate: Rate  # of the first k stages, nominal, side information counted


@torch.inference_mode()
def live_pictures(
    frame: np.ndarray, models: Sequence[LiveModel], stages: int, device: torch.device
) -> list[LivePicture]:
    """A frame (H, W, 3) uint8 through models on `device`, after their first `stages` stages, or all of one with fewer.

    Raises ValueError for a model without a quantizer.
    """
    height, width = frame.shape[:2]
    image = to_tensor(frame)
    found: dict[int, LivePicture] = {}
    for network in {id(one.network): one.network for one in models}.values():
        around = [number for number, one in enumerate(models) if one.network is network]
        latents = network.encode(image.to(device))
        totals, shares, rates = [], [], []
        for model in (models[number].model for number in around):
            if model.quantizer is None:
                raise ValueError(f"{model.config.name} does not quantize")
            steps = list(model.quantizer.steps(own := model.standardize(latents)))
            k = min(stages, len(steps))
            before, *after = rms_left(model.quantizer, own, steps)
            totals.append(model.decoder_input(steps[k - 1].total))
            shares.append(torch.cat(after) / before.clamp(min=1e-12))
            rates.append(model.rate(height, width, k))
        pictures = to_pictures(network.run_decoder(torch.cat(totals), height, width))
        for number, pixels, left, rate in zip(around, pictures, shares, rates, strict=True):
            assert rate is not None, "only a model without quantizer has none"
            psnr_db = float(metrics.psnr_db(image, to_tensor(pixels)))
            found[number] = LivePicture(pixels, psnr_db, tuple(left.tolist()), rate)
    return [found[number] for number in range(len(models))]
