"""The measured results of the zoo: `checkpoints/results.json`, which README, app and notebooks read.

`python -m rfsq results --images DIR` writes it. Every figure shown anywhere comes from here; none is typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rfsq.evidence.model_scores import SCORES_VERSION, Evaluation, ModelScores
from rfsq.evidence.records import as_record, read_per_image, read_scores, rounded, rounded_per_image
from rfsq.evidence.runs import ENOUGH_RUNS, TrainingRun, read_run, run_record
from rfsq.evidence.stored import ResultsError, load_stored, read_stored, write_stored
from rfsq.metrics.intervals import Interval, difference_over_runs, mean_interval, paired_difference
from rfsq.model.checkpoint import checkpoint_folder

Runs = tuple[tuple[float, ...], ...]  # (runs, photos): scores by one metric
FORMAT = 1
_LIMIT = 32 * 2**20  # bytes
_OWN_WAY = ("runs", "scores_version")  # entries of a model that are left out where they would say nothing


@dataclass(frozen=True)
class ModelResults:
    """What was measured of one model."""

    weights_sha256: str  # of the checkpoint that was measured
    scores: tuple[ModelScores, ...]  # with 1 … S stages
    per_image: Mapping[str, tuple[float, ...]]  # with all stages: metric -> one score per photo, all finite
    gallery_psnr_db: Mapping[str, float]  # on the pictures that the package ships
    measured_by: Mapping[str, Any] | None = None  # `command` and `machine`, where they are others than the file's
    scores_version: int = 1  # `SCORES_VERSION` of the program that measured
    runs: tuple[TrainingRun, ...] = ()  # others of the same recipe; their weights are not kept

    @property
    def full(self) -> ModelScores:
        """The scores with all stages."""
        return self.scores[-1]

    def of_all_runs(self, metric: str) -> Runs:
        """Scores by a metric, of this model first, then of its other runs that were measured by it."""
        own = self.per_image.get(metric)
        return (*(() if own is None else (own,)), *self.of_other_runs(metric))

    def of_other_runs(self, metric: str) -> Runs:
        """As `of_all_runs`, without this model."""
        return tuple(run.per_image[metric] for run in self.runs if metric in run.per_image)


@dataclass(frozen=True)
class Results:
    """A run over a folder of photos."""

    command: str  # that makes this file again
    folder: str
    images: int
    folder_sha256: str
    machine: Mapping[str, Any]
    models: Mapping[str, ModelResults]  # in the order of the zoo
    float_index_errors: Mapping[str, Mapping[str, float]]  # arithmetic -> FSQ model -> share of wrong indices, 0 … 1

    def full(self, name: str) -> ModelScores:
        """Scores of a model with all its stages. Raises ResultsError if it was not measured."""
        return self._model(name).full

    def difference(self, name: str, reference: str, metric: str = "psnr_db") -> Interval:
        """Mean of `name` − `reference` over the photos, paired, with its 95 % interval.

        Where both were trained several times it is over the runs, too, and the interval covers what other seeds would give.
        Raises ResultsError if one of them was not measured, or not by this metric.
        """
        return _known_difference_over_runs(*self.sides(name, reference, metric))

    def means(self, name: str, reference: str, metric: str) -> tuple[float, float]:
        """Means over the photos whose difference `difference` gives: both over all runs, or both of one. Raises as it does."""
        mine, theirs = self.sides(name, reference, metric)
        return float(np.mean(mine)), float(np.mean(theirs))

    def sides(self, name: str, reference: str, metric: str = "psnr_db") -> tuple[Runs, Runs]:
        """The scores that `difference` compares: of all runs where both models have enough, else of both that are here.

        Raises as it does.
        """
        mine, theirs = (self.runs(model, metric) for model in (name, reference))
        if not mine or not theirs:
            raise ResultsError(f"{name} and {reference} were not both measured by {metric}.")
        return (mine, theirs) if min(len(mine), len(theirs)) >= ENOUGH_RUNS else (mine[:1], theirs[:1])

    def runs(self, name: str, metric: str = "psnr_db") -> Runs:
        """The scores of all training runs of a model where they are enough to judge by, else of the one whose weights are
        here; none where that one was not measured by this metric: another run does not speak for it.

        The one that is here comes first. Raises ResultsError as `full` does.
        """
        model = self._model(name)
        if metric not in model.per_image:
            return ()
        found = model.of_all_runs(metric)
        return found if len(found) >= ENOUGH_RUNS else found[:1]

    def _model(self, name: str) -> ModelResults:
        if name not in self.models:
            raise ResultsError(f"There are no results of {name}.")
        return self.models[name]


@lru_cache(maxsize=512)
def known_difference(scores: tuple[float, ...], reference: tuple[float, ...]) -> Interval:
    """`paired_difference`. Known differences are not resampled again: a page asks for the same dozens whenever it is drawn."""
    return paired_difference(scores, reference)


@lru_cache(maxsize=512)
def _known_difference_over_runs(scores: Runs, reference: Runs) -> Interval:
    if len(scores) == 1:
        return known_difference(scores[0], reference[0])
    return difference_over_runs(scores, reference)


def results_file() -> Path:
    """Where the results of the zoo are: beside its checkpoints."""
    return checkpoint_folder() / "results.json"


def collect(evaluations: Sequence[Evaluation], weights_sha256: str, gallery: Mapping[str, float]) -> ModelResults:
    """Make one entry of the evaluations of a model with 1 … S stages."""
    scores = tuple(evaluation.scores for evaluation in evaluations)
    per_image = rounded_per_image(evaluations[-1])
    return ModelResults(weights_sha256, scores, per_image, gallery, scores_version=SCORES_VERSION)


def write_results(results: Results, path: Path) -> None:
    """Write the file atomically."""
    record = asdict(results) | {
        "models": {
            name: {key: value for key, value in asdict(model).items() if value is not None and key not in _OWN_WAY}
            | {"scores": [as_record(scores) for scores in model.scores]}
            | ({} if model.scores_version == 1 else {"scores_version": model.scores_version})
            | ({"runs": [run_record(run) for run in model.runs]} if model.runs else {})
            for name, model in results.models.items()
        },
    }
    write_stored(path, record, format=FORMAT)


def add_results(results: Results, other: Results, weights: Mapping[str, str]) -> Results:
    """`results` with the models of `other` that it has not, or has from other weights, and with its training runs.

    weights: SHA-256 of the checkpoints that are here, by name, in the order to keep; what `other` says of different
    weights is left out. Who measured a model is kept. Raises ResultsError if the two were not measured on the same photos,
    or nothing is new.
    """
    if (results.folder_sha256, results.images) != (other.folder_sha256, other.images):
        raise ResultsError("The two results were not measured on the same photos.")
    by = {"command": other.command, "machine": other.machine}
    new = {
        name: replace(model, measured_by=model.measured_by or by)
        for name, model in other.models.items()
        if weights.get(name) == model.weights_sha256
        and (name not in results.models or results.models[name].weights_sha256 != model.weights_sha256)
    }
    found = {**results.models, **new}
    for name, model in other.models.items():
        if name in found and (runs := _new_runs(found[name].runs, model.runs)):
            found[name] = new[name] = with_runs(found[name], runs)
    if not new:
        raise ResultsError("There is nothing to add: no model or training run that was not measured already.")
    return replace(results, models={name: found[name] for name in (*weights, *found) if name in found})


def with_runs(model: ModelResults, runs: Sequence[TrainingRun]) -> ModelResults:
    """What was measured of a model, and of other training runs of it that were not known."""
    return replace(model, runs=tuple(sorted((*model.runs, *_new_runs(model.runs, runs)), key=lambda run: run.seed)))


def _new_runs(known: Sequence[TrainingRun], found: Sequence[TrainingRun]) -> list[TrainingRun]:
    return [run for run in found if run.weights_sha256 not in {one.weights_sha256 for one in known}]


def with_scores(model: ModelResults, metric: str, values: Sequence[float]) -> ModelResults:
    """What was measured of a model, and one more metric: a score per photo, with all stages."""
    interval = mean_interval(np.array(values))
    changed: dict[str, Any] = {
        metric: interval.mean,
        "intervals": model.full.intervals | {metric: (interval.low, interval.high)},
        "not_measured": {key: reason for key, reason in model.full.not_measured.items() if key != metric},
    }
    full = replace(model.full, **changed)
    kept = tuple(rounded(metric, value) for value in values)
    return replace(model, scores=(*model.scores[:-1], full), per_image={**model.per_image, metric: kept})


def read_results(path: Path) -> Results:
    """Read and check a results file. Raises ResultsError: missing, damaged, of a newer format."""
    return read_stored(path, _results, format=FORMAT, limit=_LIMIT)


def load_results() -> Results | None:
    """The results beside the checkpoints, None if there are none. Raises ResultsError if they are damaged."""
    return load_stored(results_file(), _results, format=FORMAT, limit=_LIMIT)


def _results(record: Mapping[str, Any]) -> Results:
    models = {name: _model(name, values, record["images"]) for name, values in record["models"].items()}
    errors = {
        arithmetic: {name: float(share) for name, share in shares.items()}
        for arithmetic, shares in record["float_index_errors"].items()
    }
    return Results(
        _typed(record["command"], str),
        _typed(record["folder"], str),
        _typed(record["images"], int),
        _typed(record["folder_sha256"], str),
        _typed(record["machine"], dict),
        models,
        errors,
    )


def _typed(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.40} is not a {kind.__name__}")
    return value


def _model(name: str, values: Mapping[str, Any], images: int) -> ModelResults:
    scores = tuple(read_scores(record) for record in values["scores"])
    if [entry.stages for entry in scores] != list(range(1, len(scores) + 1)) or not scores:
        raise ValueError(f"the scores of {name} are not of 1 … S stages")
    gallery = {str(photo): float(value) for photo, value in values["gallery_psnr_db"].items()}
    by = values.get("measured_by")
    if by is not None:
        by = {"command": _typed(by["command"], str), "machine": _typed(by["machine"], dict)}
    return ModelResults(
        _typed(values["weights_sha256"], str),
        scores,
        read_per_image(values["per_image"], images),
        gallery,
        by,
        _typed(values.get("scores_version", 1), int),
        tuple(read_run(record, images) for record in values.get("runs", ())),
    )
