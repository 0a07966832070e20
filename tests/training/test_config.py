"""Recipes: exact JSON round trips, and a ValueError for everything that makes no sense."""

import json
import math
from typing import Any

import pytest

from rfsq.training.config import TrainConfig


@pytest.mark.parametrize("recipe", [TrainConfig(), TrainConfig(epochs=3, flip=False, precision="fp32")])
def test_a_recipe_round_trips_through_json(recipe: TrainConfig) -> None:
    assert TrainConfig.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": -1}, "batch_size"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"clip_norm": math.inf}, "clip_norm"),
        ({"crop": 6}, "crop"),
        ({"crop": 0}, "crop"),
        ({"warmup": 1.0}, "warmup"),
        ({"warmup": math.nan}, "warmup"),
        ({"ssim_weight": -1.0}, "weights"),
        ({"lpips_weight": math.nan}, "weights"),
        ({"precision": "fp8"}, "precision"),
        ({"precision": None}, "precision"),
        ({"flip": 1}, "flip must be bool"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"epochs": 1.5}, "epochs must be int"),
        ({"momentum": 0.9}, "unknown TrainConfig field"),
        ({"stage_dropout": -0.1}, "stage_dropout"),
        ({"stage_dropout": 1.5}, "stage_dropout"),
        ({"stage_dropout": math.nan}, "stage_dropout"),
    ],
)
def test_impossible_recipes_are_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        TrainConfig.from_json(change)
