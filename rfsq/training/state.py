"""The state of an unfinished run, in one safetensors file that is replaced atomically.

Whatever moment a run is killed at, the file on disk is a whole one: the last that was saved.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from rfsq.machine.atomic import write_atomically


class StateError(ValueError):
    """A saved run cannot be continued; the message says why in one sentence."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    step: int = 0  # optimizer steps done
    epoch: int = 0
    position: int = 0  # photos of this epoch used so far, by all processes together
    seconds: float = 0.0  # training time so far


def save_state(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress, identity: dict[str, Any]
) -> None:
    """Save weights, optimizer moments and progress. `identity` (config, recipe) must match on resuming."""
    tensors = {f"model.{name}": tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {
            f"optimizer.{index}.{name}": torch.as_tensor(value).cpu().contiguous() for name, value in moments.items()
        }
    metadata = {"progress": json.dumps(asdict(progress)), "identity": json.dumps(identity, sort_keys=True)}
    write_atomically(path, save(tensors, metadata))


def load_state(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, identity: dict[str, Any]) -> Progress:
    """Restore what `save_state` saved. Raises StateError if the file is damaged or of another run."""
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors: dict[str, Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        if metadata.get("identity") != json.dumps(identity, sort_keys=True):
            raise StateError(
                f"{path} belongs to a run with another config or recipe; choose another --out or delete it."
            )
        progress = Progress(**json.loads(metadata["progress"]))
        model.load_state_dict(
            {key.removeprefix("model."): value for key, value in tensors.items() if key.startswith("model.")}
        )
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, index, name = key.split(".", 2)
                state.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    except StateError:
        raise
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise StateError(f"{path} is not a whole training state ({error}).") from error
    return progress
