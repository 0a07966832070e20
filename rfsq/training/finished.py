"""Is a checkpoint what a training would make, so that there is nothing left to train?"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from rfsq.model.checkpoint import CheckpointInfo, read_info
from rfsq.model.config import ModelConfig
from rfsq.style.names import printable
from rfsq.style.wording import listed
from rfsq.training.config import TrainConfig
from rfsq.training.data import PhotoSource
from rfsq.training.run import ForeignQuantizer, TrainingError

_Pair = tuple[str, Any, Any]  # what it is, in the checkpoint, as asked for
_HELP = "choose another --out, or remove it and its folder in runs."


def is_finished(
    target: Path,
    config: ModelConfig,
    recipe: TrainConfig,
    source: PhotoSource,
    photos: int | None,
    quantizer: ForeignQuantizer | None = None,
) -> bool:
    """Whether both files of the checkpoint `target` (.safetensors) are there, made by this very training.

    photos: of an epoch, None for all of `source`. Raises TrainingError that says what differs where they are of another
    training, CheckpointError for a damaged description, DataError for photos that cannot be counted.
    """
    if not (target.is_file() and target.with_suffix(".json").is_file()):
        return False
    info = read_info(target)
    text = None if quantizer is None else quantizer.reference.text
    pairs = [
        *_fields(info.config, config),
        *_fields(_recipe(info, target), recipe),
        ("photos per epoch", info.training.get("photos_per_epoch"), photos or source.count()),
        ("quantizer", info.training.get("quantizer"), text),
    ]
    if all(names := (info.training.get("data"), data_name(source))):  # a folder given as "." has no name
        pairs.append(("data", *names))
    different = [f"{name} {before}, not {now}" for name, before, now in pairs if before != now]
    if different:
        raise TrainingError(f"{printable(target)} was trained with {printable(listed(different))}; {_HELP}")
    return True


def data_name(source: PhotoSource) -> str:
    """What a checkpoint says of the photos: the name of their folder or shards."""
    return Path(source.location).name


def _fields(before: ModelConfig | TrainConfig, now: ModelConfig | TrainConfig) -> list[_Pair]:
    return [(one.name, getattr(before, one.name), getattr(now, one.name)) for one in fields(now)]


def _recipe(info: CheckpointInfo, target: Path) -> TrainConfig:
    """The recipe of a checkpoint; what an older one does not say is as by default."""
    try:
        return TrainConfig.from_json(info.training.get("recipe"))
    except ValueError as error:
        raise TrainingError(f"{printable(target)} does not say how it was trained; {_HELP}") from error
