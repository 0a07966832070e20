"""One step of training: what the training loop, a live run and the benchmark have in common."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rfsq.model.model import ModelOutput, QuantizedAutoencoder
from rfsq.training.config import TrainConfig
from rfsq.training.losses import Loss


@dataclass(frozen=True)
class StepResult:
    """What one batch gave, before the optimizer moves the weights."""

    output: ModelOutput
    loss: Tensor  # scalar, auxiliary loss of the quantizer included
    norm: Tensor  # scalar: norm of all gradients before it was clipped


def use_training_layout(model: QuantizedAutoencoder) -> None:
    """Put the convolutions' weights into the layout that they are trained in, as fast on CPUs and faster on GPUs."""
    for network in (
        model.encoder,
        model.decoder,
    ):  # not the quantizer: DDP cannot copy LFQ's only buffer in this layout
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing from torch's annotations


def compute_gradients(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_of: Loss,
    images: Tensor,
    recipe: TrainConfig,
    rate: float,
    keep: Tensor | None = None,
) -> StepResult:
    """Forward, backward, clipped gradients, and the learning rate `rate`; the caller then calls `optimizer.step()`.

    model: a `QuantizedAutoencoder`, bare or wrapped. images: (B, 3, H, W) on its device, channels last. keep: (B,) as in
    `Quantizer`. Half precision is that of the recipe, by autocast.
    """
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(images.device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
        output: ModelOutput = model(images, keep)
    loss = loss_of(output.images, images)
    if output.quantizer is not None:
        loss = loss + output.quantizer.aux_loss
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
    return StepResult(output, loss.detach(), norm)
