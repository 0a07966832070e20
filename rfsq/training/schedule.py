"""The learning rate over a run."""

from __future__ import annotations

import math

from rfsq.training.config import TrainConfig


def learning_rate(step: int, total: int, recipe: TrainConfig) -> float:
    """Linear warm-up to the peak, then a cosine to zero."""
    warmup = max(1, round(recipe.warmup * total))
    if step < warmup:
        return recipe.learning_rate * (step + 1) / warmup
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))
