"""Train what a module from outside learns, on given latents, as `rfsq.quantizers.fit` fits ours."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rfsq.quantizers.foreign.adapter import Foreign

STEPS = 500
BATCH_TOKENS = 4096
LEARNING_RATE = 1e-3  # of Adam, falling to 0 along a half cosine
GAINS = tuple(2 ** (step / 4) for step in range(-12, 13))  # tried where nothing is trained: 1/8 … 8
_LOOK = 3  # steps after which a module that has not changed is taken to have nothing to learn


@dataclass(frozen=True)
class FitFacts:
    """What was fitted, and what it took."""

    steps: int  # of training; 0 where the module has nothing that training changes
    parameters: int
    gain: float  # latents are multiplied by it before the module
    seconds: float
    with_network: bool = False  # trained together with the network, not fitted to it

    @property
    def words(self) -> str:
        """As a part of a sentence.

        >>> FitFacts(0, 0, 0.5, 1.2).words
        'nothing to train; one gain before it, the best of 25: 0.5'
        """
        if self.with_network:
            return f"trained with its network, {self.steps} steps"
        if not self.steps:
            return f"nothing to train; one gain before it, the best of {len(GAINS)}: {self.gain:.3g}"
        learned = f"{self.parameters} parameters" if self.parameters else "statistics, no parameters"
        return f"{learned}, {self.steps} steps of {BATCH_TOKENS} tokens"


def made_and_fitted(
    make: Callable[[int], nn.Module],
    latents: Tensor,
    steps: int = STEPS,
    progress: Callable[[float], None] | None = None,
) -> tuple[Foreign, FitFacts]:
    """What `make(channels)` makes, fitted to latents (P, D, n, n) by `fit_foreign`, and what that took. A codebook that is
    drawn is drawn from seed 0. Raises ForeignError."""
    dim = latents.shape[1]
    torch.manual_seed(0)
    foreign = Foreign(make(dim), dim)
    facts = fit_foreign(foreign, latents, steps, progress)
    return foreign.requires_grad_(False), facts


def fit_foreign(
    foreign: Foreign, latents: Tensor, steps: int = STEPS, progress: Callable[[float], None] | None = None
) -> FitFacts:
    """Fit to latents (P, D, n, n) of P images, in place; it is in evaluation mode afterwards.

    Training minimises the squared error plus the module's own losses, its parameters by Adam; what it keeps as statistics
    follows by itself. A module that three steps do not change gets the one gain before it that leaves least instead. The
    same latents are drawn for every quantizer. Raises ForeignError for what fails in the module.
    """
    started = time.monotonic()
    images = max(1, BATCH_TOKENS // latents[0, 0].numel())
    generator = torch.Generator().manual_seed(0)
    parameters = [p for p in foreign.module.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE) if parameters else None
    before = _state(foreign)
    taken = 0
    torch.manual_seed(0)  # for a module that draws by itself
    foreign.train()
    with torch.enable_grad():
        for step in range(steps):
            batch = latents[torch.randint(len(latents), (images,), generator=generator)].clone().requires_grad_()
            output = foreign(batch)
            loss = (output.quantized - batch).square().mean() + output.aux_loss
            if optimizer is not None and loss.requires_grad:
                optimizer.param_groups[0]["lr"] = LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
            taken = step + 1
            if taken == _LOOK and not _changed(before, _state(foreign)):
                taken = 0
                break
            if progress is not None:
                progress(taken / steps)
    foreign.eval()
    if not taken:
        _take_best_gain(foreign, latents[:images])
    count = sum(p.numel() for p in parameters) if taken else 0
    return FitFacts(taken, count, float(foreign.gain), time.monotonic() - started)


@torch.no_grad()
def _take_best_gain(foreign: Foreign, latents: Tensor) -> None:
    """The least mean over the images of the logarithm of the squared error, as the fit of ours counts it."""
    errors = []
    for gain in GAINS:
        foreign.gain.fill_(gain)
        left = (foreign(latents).quantized - latents).square().mean(dim=(1, 2, 3))
        errors.append(float(left.clamp(min=1e-20).log().mean()))
    foreign.gain.fill_(GAINS[errors.index(min(errors))])


def _state(foreign: Foreign) -> list[Tensor]:
    return [tensor.detach().clone() for tensor in (*foreign.module.parameters(), *foreign.module.buffers())]


def _changed(before: list[Tensor], after: list[Tensor]) -> bool:
    return len(before) != len(after) or not all(map(torch.equal, before, after))
