"""Checkpoints: weights in safetensors, config and facts in JSON beside them. Never pickle.

    checkpoints/NAME.json          format, config, weights_sha256, training facts
    checkpoints/NAME.safetensors   weights; kernels in half precision, everything else as it is

Both files may come from a stranger: every name, shape and value is checked before a model is built from them.
"""

from __future__ import annotations

import hashlib
import json
import os
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from rfsq.machine.atomic import write_atomically
from rfsq.machine.shipped import shipped
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO
from rfsq.style.names import printable

FORMAT = 1
_JSON_LIMIT = 4 * 2**20  # bytes
_WEIGHTS_LIMIT = 2**30
_FLOATS = (torch.float16, torch.bfloat16, torch.float32)


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message says in one sentence what is wrong."""


@dataclass(frozen=True)
class CheckpointInfo:
    """What the JSON file says."""

    config: ModelConfig
    weights_sha256: str
    training: Mapping[str, Any]  # recipe, seed, hardware, time


@dataclass(frozen=True)
class Checkpoint:
    """A model ready for use (eval mode, float32) and what is known about it."""

    model: QuantizedAutoencoder
    info: CheckpointInfo


def checkpoint_folder() -> Path:
    """The folder of the zoo's checkpoints: $RFSQ_CHECKPOINTS, or the one that came with the package."""
    return Path(os.environ.get("RFSQ_CHECKPOINTS") or shipped("checkpoints"))


def zoo_checkpoint(name: str) -> Path:
    """Path of the weights of a zoo model, whether or not they are there."""
    return checkpoint_folder() / f"{name}.safetensors"


def checkpoint_files() -> frozenset[str]:
    """Names of the files in the folder of the zoo's checkpoints; none where there is no such folder."""
    try:
        with os.scandir(checkpoint_folder()) as found:
            return frozenset(file.name for file in found if file.is_file())
    except OSError:
        return frozenset()


def available_models() -> tuple[str, ...]:
    """Names of the zoo's models whose checkpoint files are there, in the order of the zoo."""
    files = checkpoint_files()
    return tuple(name for name in ZOO if {f"{name}.safetensors", f"{name}.json"} <= files)


def checkpoints_in(folder: Path) -> list[Path]:
    """Weights of all checkpoints in a folder and the folders in it: of every .safetensors with a .json beside it, sorted.

    Raises CheckpointError where there is none.
    """
    found = sorted(path for path in folder.rglob("*.safetensors") if path.with_suffix(".json").is_file())
    if not found:
        raise CheckpointError(f"No checkpoint (.safetensors with .json beside it) is in {printable(folder)}.")
    return found


def save_checkpoint(model: QuantizedAutoencoder, path: Path, *, training: Mapping[str, Any]) -> None:
    """Write `path` (.safetensors) and the JSON beside it, each atomically, the weights first.

    Raises CheckpointError for weights that could not be loaded again and ValueError for facts that are not JSON; then
    nothing is written.
    """
    content, description = pack_checkpoint(model, training=training, file=path.name)
    write_atomically(path, content)
    write_atomically(path.with_suffix(".json"), description)


def pack_checkpoint(
    model: QuantizedAutoencoder, *, training: Mapping[str, Any], file: str = "the model"
) -> tuple[bytes, bytes]:
    """The contents of both files, weights and JSON. Raises as `save_checkpoint`."""
    tensors = _compact(model.state_dict())
    _check_tensors(file, tensors, model.state_dict())
    content = save(tensors)
    return content, _description(CheckpointInfo(model.config, hashlib.sha256(content).hexdigest(), training))


def _description(info: CheckpointInfo) -> bytes:
    facts = {
        "format": FORMAT,
        "config": info.config.to_json(),
        "weights_sha256": info.weights_sha256,
        "training": info.training,
    }
    return (json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_info(path: Path) -> CheckpointInfo:
    """Read and check the JSON beside the weights at `path`. Raises CheckpointError."""
    file = _beside(path)
    return _parse_info(_read(file, _JSON_LIMIT), file.name)


def _parse_info(content: bytes, file: str) -> CheckpointInfo:
    try:
        facts = json.loads(content.decode())
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, not JSON, a number of too many digits
        raise CheckpointError(f"{file} is not valid JSON.") from error
    number = facts.get("format") if isinstance(facts, dict) else None
    if type(number) is not int or number < 1:
        raise CheckpointError(f"{file} is not the description of a checkpoint.")
    if number > FORMAT:
        raise CheckpointError(f"{file} has a newer format than this program's {FORMAT}; update the program.")
    try:
        config = ModelConfig.from_json(facts.get("config"))
    except ValueError as error:
        raise CheckpointError(f"The config in {file} cannot be used: {_short(error)}.") from error
    digest, training = facts.get("weights_sha256"), facts.get("training", {})
    if not isinstance(digest, str) or not isinstance(training, dict):
        raise CheckpointError(f"{file} lacks the hash of its weights, or its facts are not an object.")
    return CheckpointInfo(config, digest, training)


def load_checkpoint(path: Path) -> Checkpoint:
    """Load the model at `path` (.safetensors with .json beside it).

    Raises CheckpointError: missing, truncated or changed file, config or format that this program does not know,
    tensors with wrong names, shapes or types, values that are not finite.
    """
    info = read_info(path)
    return _build(_read(path, _WEIGHTS_LIMIT), info, path.name)


def unpack_checkpoint(weights: bytes, description: bytes, file: str) -> Checkpoint:
    """The model in the contents of both files, as `load_checkpoint`; `file` names the weights in errors."""
    return _build(weights, _parse_info(description, f"{Path(file).stem}.json"), file)


def _build(content: bytes, info: CheckpointInfo, file: str) -> Checkpoint:
    description = f"{file.removesuffix('.safetensors')}.json"
    try:
        tensors = load(content)
    except (SafetensorError, ValueError, KeyError, AttributeError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{file} is truncated or not a safetensors file.") from error
    if hashlib.sha256(content).hexdigest() != info.weights_sha256:
        raise CheckpointError(f"{file} is not the file that {description} describes (its hash differs).")
    try:
        with torch.device("meta"):  # shapes only: nothing is allocated before they are checked
            wanted = QuantizedAutoencoder(info.config).state_dict()
    except ValueError as error:
        raise CheckpointError(f"The config in {description} cannot be used: {_short(error)}.") from error
    _check_tensors(file, tensors, wanted)
    model = QuantizedAutoencoder(info.config)
    model.load_state_dict(tensors)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing from torch's annotations
    return Checkpoint(model.eval().requires_grad_(False), info)


def _compact(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Kernels in half precision; biases, scales, statistics and codebooks are small and stay exact."""
    return {
        name: (tensor.half() if tensor.ndim == 4 else tensor).detach().cpu().contiguous()
        for name, tensor in tensors.items()
    }


def _beside(path: Path) -> Path:
    try:
        return path.with_suffix(".json")
    except ValueError as error:
        raise CheckpointError(f"{str(path)!r} is not the name of a file.") from error


def _short(error: ValueError) -> str:
    """The error in at most 200 characters: it may quote a file that a stranger made."""
    text = ascii(str(error))[1:-1] if not str(error).isprintable() else str(error)
    return text if len(text) <= 200 else text[:199] + "…"


def _read(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise CheckpointError(f"{path.name} is larger than {limit // 2**20} MiB, which no checkpoint of ours is.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no file {path}.") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}).") from error
    except CheckpointError:
        raise
    except ValueError as error:
        raise CheckpointError(f"{str(path)!r} is not the name of a file.") from error


def _check_tensors(file: str, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    if missing := sorted(wanted.keys() - tensors.keys()):
        raise CheckpointError(f"{file} lacks {', '.join(missing[:3])}{' and more' if len(missing) > 3 else ''}.")
    if extra := sorted(tensors.keys() - wanted.keys()):
        raise CheckpointError(
            f"{file} has {reprlib.repr(extra[0])}{' and more' if len(extra) > 1 else ''}, "
            "which this config does not use."
        )
    for name, tensor in tensors.items():
        expected = wanted[name]
        if tensor.shape != expected.shape:
            raise CheckpointError(
                f"{file}: {name} has shape {tuple(tensor.shape)}, its config needs {tuple(expected.shape)}."
            )
        if tensor.dtype not in (_FLOATS if expected.is_floating_point() else (expected.dtype,)):
            raise CheckpointError(f"{file}: {name} has type {tensor.dtype}, its config needs {expected.dtype}.")
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise CheckpointError(f"{file}: {name} holds values that are not finite.")
