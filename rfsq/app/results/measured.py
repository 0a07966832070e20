"""What the results of the zoo were measured on, and how far the training runs of one model lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rfsq.evidence.results import Results
from rfsq.style.palette import label_of


def photos_words(results: Results) -> str:
    """The photos, and the command."""
    return f"{results.images} photos of `{results.folder}` that no model was trained on; made by `{results.command}`."


def measured_words(results: Results) -> str:
    """The photos, the command, and how often the models were trained."""
    return f"{photos_words(results)} {_runs_words(results)}"


def _runs_words(results: Results) -> str:
    again = {name: model for name, model in results.models.items() if model.runs}
    if not again:
        return "One training run each."
    spread = {name: float(np.ptp(np.mean(model.of_all_runs("psnr_db"), axis=1))) for name, model in again.items()}
    widest = max(spread, key=lambda name: spread[name])
    return (
        f"{len(again)} of {len(results.models)} models were trained {_range([1 + len(model.runs) for model in again.values()])} "
        f"times with different seeds: the runs of one model lie within {np.median(list(spread.values())):.2f} dB in the median, "
        f"at most {spread[widest]:.2f} dB ({label_of(widest)}). Where two models were trained so, their difference is over all "
        "runs and its interval covers the choice of a seed."
    )


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"
