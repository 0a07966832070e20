"""Checkpoints made for tests, and ways to damage one."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from rfsq.model.checkpoint import (
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder

Tiny = Callable[..., ModelConfig]


def saved(config: ModelConfig, folder: Path) -> tuple[QuantizedAutoencoder, Path]:
    torch.manual_seed(1)
    model, path = QuantizedAutoencoder(config), folder / "tiny.safetensors"
    with torch.no_grad():
        model(torch.rand(2, 3, 16, 16))  # so that codebooks and statistics are not those of the start
    save_checkpoint(model, path, training={"seed": 0, "hours": 0.5})
    return model, path


def edit(path: Path, **changes: Any) -> None:
    """Change fields of the JSON beside the weights; `config` is merged."""
    file = path.with_suffix(".json")
    facts = json.loads(file.read_text())
    facts["config"] |= changes.pop("config", {})
    file.write_text(json.dumps(facts | changes))


def edit_weights(path: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    """Change tensors and make the JSON agree with the new file, as somebody who means it would."""
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    edit(path, weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def error_of(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 600
    return message
