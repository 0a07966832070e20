"""Networks of few bits as a file: `checkpoints/few-bits.json`, a score per photo.

`python -m rfsq results --images DIR --few-bits DIR` measures the checkpoints of a folder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rfsq.evidence.few_bits.networks import SLOW, FewBits, Scores, TrainedNetwork
from rfsq.evidence.records import read_per_image
from rfsq.evidence.stored import load_stored, write_stored
from rfsq.model.checkpoint import checkpoint_folder
from rfsq.model.config import ModelConfig
from rfsq.model.stack import StackSpec
from rfsq.training.config import TrainConfig

FORMAT: Final = 2  # 1 was not written by a command


def few_bits_file() -> Path:
    """Where it is: beside the checkpoints."""
    return checkpoint_folder() / "few-bits.json"


def write_few_bits(few: FewBits, path: Path) -> None:
    """Write the file that `load_few_bits` reads."""
    networks = {
        name: vars(one)
        | {
            "config": one.config.to_json(),
            "recipe": one.recipe.to_json(),
            "scores": _columns(one.scores),
            "cut": {str(stages): _columns(scores) for stages, scores in one.cut.items()},
            "fitted": {stack: _columns(scores) for stack, scores in one.fitted.items()},
        }
        for name, one in few.networks.items()
    }
    facts = {key: getattr(few, key) for key in ("command", "folder", "folder_sha256", "images", "fit_version")}
    write_stored(path, {**facts, "networks": networks}, format=FORMAT)


def _columns(scores: Scores) -> dict[str, list[float | None]]:
    return {metric: [score if math.isfinite(score) else None for score in column] for metric, column in scores.items()}


def load_few_bits() -> FewBits | None:
    """What is beside the checkpoints, None if nothing is. Raises ResultsError if it is damaged."""
    return load_stored(few_bits_file(), _few_bits, format=FORMAT)


def _few_bits(record: Mapping[str, Any]) -> FewBits:
    images = int(record["images"])
    networks = {str(name): _network(values, images) for name, values in record["networks"].items()}
    if not networks:
        raise ValueError("there are no networks")
    command, folder, digest = (str(record[key]) for key in ("command", "folder", "folder_sha256"))
    return FewBits(command, folder, digest, images, int(record["fit_version"]), networks)


def _network(record: Mapping[str, Any], images: int) -> TrainedNetwork:
    return TrainedNetwork(
        ModelConfig.from_json(record["config"]),
        TrainConfig.from_json(record["recipe"]),
        int(record["steps"]),
        str(record["trained_on"]),
        str(record["weights_sha256"]),
        str(record["measured_on"]),
        None if record.get("latent_rms") is None else float(record["latent_rms"]),
        _read_scores(record["scores"], images),
        {int(stages): _read_scores(found, images) for stages, found in record.get("cut", {}).items()},
        {StackSpec.parse(stack).text: _read_scores(found, images) for stack, found in record["fitted"].items()},
    )


def _read_scores(columns: Mapping[str, list[float | None]], images: int) -> Scores:
    if any(None in column and metric != SLOW for metric, column in columns.items()):
        raise ValueError("a photo was not measured")
    known = {metric: [math.nan if score is None else score for score in column] for metric, column in columns.items()}
    return read_per_image(known, images)
