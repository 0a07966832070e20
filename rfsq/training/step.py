"""One step of training: what the training loop, a live run and the benchmark have in common."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rfsq.model.model import ModelOutput, QuantizedAutoencoder
from rfsq.training.config import TrainConfig
from rfsq.training.losses import Loss


@dataclass(frozen=True)
class StepInput:
    """What a step is computed from, on the model's device."""

    images: Tensor  # (B, 3, H, W) in [-1, 1], channels last
    keep: Tensor | None = None  # (B,) int64: how many stages each image keeps, as in `Quantizer`
    noise: Tensor | None = None  # (B, D, h, w): added to the latents, in units of their deviation


@dataclass(frozen=True)
class StepResult:
    """What one batch gave, before the optimizer moved the weights."""

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
    model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Loss, batch: StepInput, recipe: TrainConfig
) -> StepResult:
    """Forward, backward, and clipped gradients; what remains is `set_rate` and `optimizer.step()`.

    model: a `QuantizedAutoencoder`, bare or wrapped. Half precision is that of the recipe, by autocast.
    """
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(batch.images.device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
        output: ModelOutput = model(batch.images, batch.keep, batch.noise)
    loss = loss_of(output.images, batch.images)
    if output.quantizer is not None:
        loss = loss + output.quantizer.aux_loss
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
    return StepResult(output, loss.detach(), norm)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of the next step. An optimizer that keeps it as a tensor gets it there."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


class TrainingStep:
    """Takes step after step: gradients, then the optimizer."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Loss, recipe: TrainConfig) -> None:
        self.model, self.optimizer, self.loss_of, self.recipe = model, optimizer, loss_of, recipe

    def take(self, batch: StepInput, rate: float) -> StepResult:
        """One step at a learning rate. The result holds until the next step."""
        set_rate(self.optimizer, rate)
        return self._run(batch)

    def _run(self, batch: StepInput) -> StepResult:
        result = compute_gradients(self.model, self.optimizer, self.loss_of, batch, self.recipe)
        self.optimizer.step()
        return result
