"""Untrained models of the zoo with few channels: what a page or a command does with a model needs no training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from rfsq.model.checkpoint import save_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO

FEW = ("rfsq-4x1024-layernorm", "vq-4096", "continuous-5")  # a stack, a single stage and none


def tiny_config(name: str) -> ModelConfig:
    """The config of the model of this name with 8 hidden channels."""
    return replace(ZOO[name], hidden=(8, 8))


def tiny_model(name: str) -> QuantizedAutoencoder:
    """The model of this name with 8 hidden channels, the same on every call: it says nothing about quality."""
    with torch.random.fork_rng():
        torch.manual_seed(sum(map(ord, name)))
        model = QuantizedAutoencoder(tiny_config(name)).eval()
        with torch.no_grad():
            for parameter in model.encoder.parameters():
                parameter.mul_(3)  # so that an untrained encoder's latents reach beyond one code
    return model


def count_weights(module: nn.Module) -> int:
    """Numbers that training would change."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def save_tiny_models(folder: Path, names: Iterable[str] = tuple(ZOO)) -> Path:
    """Write a tiny model for each name; returns the folder."""
    for name in names:
        save_checkpoint(tiny_model(name), folder / f"{name}.safetensors", training={"note": "untrained, for tests"})
    return folder
