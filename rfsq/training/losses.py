"""The reconstruction loss: L1 plus optional perceptual terms."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rfsq.metrics import image as metrics
from rfsq.training.config import TrainConfig

Loss = Callable[[Tensor, Tensor], Tensor]


def reconstruction_loss(config: TrainConfig, device: torch.device) -> Loss:
    """The loss of a recipe on (B, 3, H, W) in [-1, 1]: mean |x − y| + w·(1 − SSIM) + w·LPIPS(VGG).

    Raises ValueError for crops that a term cannot measure, LpipsUnavailable when the recipe asks for LPIPS and its weights
    are not on this computer.
    """
    terms: list[tuple[float, Loss]] = [(1.0, lambda x, y: metrics.l1(x, y).mean())]
    if config.ssim_weight:
        if (reason := metrics.ssim_reason(config.crop, config.crop)) is not None:
            raise ValueError(reason)
        terms.append((config.ssim_weight, lambda x, y: 1 - metrics.ssim(x, y).mean()))
    if config.lpips_weight:
        from rfsq.metrics.lpips import load_lpips

        lpips = load_lpips("vgg").to(device)
        terms.append((config.lpips_weight, lambda x, y: lpips(x, y).mean()))

    def loss(x: Tensor, y: Tensor) -> Tensor:
        return sum((weight * term(x, y) for weight, term in terms), start=x.new_zeros(()))

    return loss
