"""Scores as the results file holds them: rounded photo by photo, and checked when they are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rfsq.evidence.model_scores import METRICS, OPTIONAL, Evaluation, ModelScores

_DECIMALS = {"psnr_db": 3}  # of the scores per image; the others are around 0.1 and get 5


def rounded(metric: str, value: float) -> float:
    """A photo's score as it is kept."""
    return round(value, _DECIMALS.get(metric, 5))


def rounded_per_image(evaluation: Evaluation) -> dict[str, tuple[float, ...]]:
    """Metric -> one score per photo, of the metrics that are finite for all photos."""
    return {
        metric: tuple(rounded(metric, value) for value in values)
        for metric, values in evaluation.per_image.items()
        if all(math.isfinite(value) for value in values)
    }


def read_per_image(columns: Mapping[str, Any], images: int) -> dict[str, tuple[float, ...]]:
    """Raises AttributeError, TypeError or ValueError for a damaged record."""
    per_image = {metric: tuple(float(value) for value in column) for metric, column in columns.items()}
    if any(metric not in METRICS or len(column) != images for metric, column in per_image.items()):
        raise ValueError("the scores per image do not fit")
    return per_image


def as_record(scores: ModelScores) -> dict[str, Any]:
    """Plain JSON values."""
    record = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(scores).items()}
    for metric in OPTIONAL:
        if record[metric] is None and metric not in scores.not_measured:
            del record[metric]
    return record | {"intervals": {metric: list(bounds) for metric, bounds in scores.intervals.items()}}


def read_scores(record: Mapping[str, Any]) -> ModelScores:
    """Means as `as_record` wrote them. Raises KeyError, TypeError or ValueError for a damaged record."""
    known = {
        one.name: record[one.name] for one in fields(ModelScores) if one.name in record or one.name not in OPTIONAL
    }
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in known.items()}
    values["intervals"] = {metric: (float(low), float(high)) for metric, (low, high) in record["intervals"].items()}
    for metric in METRICS:
        if values.get(metric) is not None and not isinstance(values[metric], float):
            raise TypeError(f"{values[metric]!r:.40} is not a number")
    return ModelScores(**values)  # type: ignore[arg-type]  # values from JSON, checked above
