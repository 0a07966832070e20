"""Untrained models for pages in a browser: what a page does with a model needs no training."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch

from rfsq.model.checkpoint import save_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO


def save_tiny_models(folder: Path, names: Iterable[str]) -> None:
    """Save models of the zoo with few channels, whose tokens still differ. The same names make the same models."""
    for seed, name in enumerate(names):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = QuantizedAutoencoder(replace(ZOO[name], hidden=(8, 8))).eval()
        with torch.no_grad():
            for parameter in model.encoder.parameters():
                parameter.mul_(3)
        save_checkpoint(model, folder / f"{name}.safetensors", training={"note": "untrained, for tests"})
