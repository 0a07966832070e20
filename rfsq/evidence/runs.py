"""Other training runs of the models: the same config and recipe, another seed. Their scores are kept, their weights are not.

They tell how much of a difference is the choice of a seed. `rfsq results --images DIR --runs DIR` measures them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rfsq.evidence.model_scores import Evaluation, ModelScores
from rfsq.evidence.records import as_record, read_per_image, read_scores, rounded_per_image
from rfsq.model.checkpoint import CheckpointInfo

ENOUGH_RUNS = 3  # of a model, the shipped one included, for the choice of a seed to be part of its intervals


@dataclass(frozen=True)
class TrainingRun:
    """What was measured of another training run of a model of the zoo, with all stages."""

    seed: int
    weights_sha256: str
    trained_on: str  # device
    scores: ModelScores
    per_image: Mapping[str, tuple[float, ...]]  # metric -> one score per photo, all finite


def collect_run(evaluation: Evaluation, info: CheckpointInfo, shipped: CheckpointInfo) -> TrainingRun:
    """Make an entry of a run's evaluation with all its stages.

    info: of the run's checkpoint; shipped: of the model that it is another run of. Raises ValueError unless they differ in
    the seed alone.
    """
    recipes = [dict(one.training.get("recipe") or {}) for one in (info, shipped)]
    seeds = [recipe.pop("seed", None) for recipe in recipes]
    if info.config != shipped.config or recipes[0] != recipes[1]:
        raise ValueError(
            f"{info.config.name}: config and recipe must be those of the model in the zoo, but for the seed"
        )
    if not isinstance(seeds[0], int) or seeds[0] == seeds[1]:
        raise ValueError(f"{info.config.name}: a run of another seed is needed, this one is of seed {seeds[0]}")
    device = str(info.training.get("device", "unknown device"))
    return TrainingRun(seeds[0], info.weights_sha256, device, evaluation.scores, rounded_per_image(evaluation))


def run_record(run: TrainingRun) -> dict[str, Any]:
    """As JSON; `read_run` reads it."""
    return asdict(run) | {"scores": as_record(run.scores)}


def read_run(record: Mapping[str, Any], images: int) -> TrainingRun:
    """Raises KeyError, TypeError, AttributeError or ValueError for a damaged record."""
    texts = (record["weights_sha256"], record["trained_on"])
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("the names of a training run are not strings")
    return TrainingRun(
        int(record["seed"]), *texts, read_scores(record["scores"]), read_per_image(record["per_image"], images)
    )
