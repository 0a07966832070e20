"""The reconstruction loss: L1 plus optional perceptual terms."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rfsq.metrics import image as metrics
from rfsq.metrics.st_lpips import load_st_lpips
from rfsq.training.config import TrainConfig

Loss = Callable[[Tensor, Tensor], Tensor]


def reconstruction_loss(config: TrainConfig, device: torch.device) -> Loss:
    """The loss of a recipe on (B, 3, H, W) in [-1, 1]: mean |x − y| + w·(1 − SSIM) + w·LPIPS(VGG) + w·ST-LPIPS.

    Raises ValueError for crops that a term cannot measure, LpipsUnavailable or StLpipsUnavailable when the recipe asks
    for a metric whose weights are not on this computer.
    """
    terms: list[tuple[float, Loss]] = [
        (1.0, _mean_l1 if device.type == "cuda" else lambda x, y: metrics.l1(x, y).mean())
    ]
    if config.ssim_weight:
        _check_size(metrics.ssim_reason(config.crop, config.crop))
        terms.append((config.ssim_weight, lambda x, y: 1 - metrics.ssim(x, y).mean()))
    if config.lpips_weight:
        from rfsq.metrics.lpips import load_lpips

        lpips = load_lpips("vgg").to(device)
        terms.append((config.lpips_weight, lambda x, y: lpips(x, y).mean()))
    if config.st_lpips_weight:
        terms.append((config.st_lpips_weight, _st_lpips(config, device)))

    def loss(x: Tensor, y: Tensor) -> Tensor:
        return sum((weight * term(x, y) for weight, term in terms), start=x.new_zeros(()))

    return loss


def _mean_l1(x: Tensor, y: Tensor) -> Tensor:
    """The mean of `metrics.l1`, but for rounding: for a GPU, where a kernel per image takes longer than its work."""
    return (x.float() - y.float()).abs().mean()


def _st_lpips(config: TrainConfig, device: torch.device) -> Loss:
    metric = load_st_lpips(config.st_lpips_net).to(device)
    _check_size(metric.reason(config.crop, config.crop))

    def mean(x: Tensor, y: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=config.precision == "bf16"):
            return metric(x, y).mean()

    return mean


def _check_size(reason: str | None) -> None:
    if reason is not None:
        raise ValueError(reason)
