"""The zoo as tables in Markdown, with what they are of: scores, how far other training runs are from them, recipes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rfsq.evidence.model_scores import ModelScores
from rfsq.evidence.results import ModelResults, Results
from rfsq.model.checkpoint import CheckpointInfo, available_models, read_info, zoo_checkpoint
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_number, listed


def scores_table(results: Results) -> str:
    """Scores of all models with all their stages, as a table."""
    source = f"{results.images} photos, `{results.command}`, folder digest `{results.folder_sha256[:12]}…`."
    return (
        Table.of(
            [
                "model",
                "bits/token",
                "bpp",
                "entropy bpp",
                "L1",
                "PSNR dB (95 %)",
                "SSIM",
                "ꟻLIP",
                "LPIPS",
                "ST-LPIPS",
                "residual RMS before stage 1 → after the last",
            ],
            [_score_row(model.full) for model in results.models.values()],
        ).markdown()
        + "\n\n"
        + "\n".join([source, *_elsewhere(results)])
        + "\n"
    )


def runs_table(results: Results) -> str:
    """How far the scores move when models are trained again with other seeds, as a table; empty where none were."""
    models = {name: model for name, model in results.models.items() if model.runs}
    if not models:
        return ""
    shown = {"PSNR dB": "psnr_db", "ST-LPIPS": "st_lpips", "SSIM": "ssim", "ꟻLIP": "flip"}
    rows = [
        [f"`{name}`", str(1 + len(model.runs)), *(_runs_cell(model, key) for key in shown.values())]
        for name, model in models.items()
    ]
    devices = sorted({run.trained_on for model in models.values() for run in model.runs})
    seeds = sorted({run.seed for model in models.values() for run in model.runs})
    words = (
        "Mean of the training runs ± their standard deviation (lowest … highest). The first run is the model that is here; "
        f"the others, of seeds {listed(list(map(str, seeds)))}, were trained on {listed(devices)} with the same recipe, and "
        "their weights are not kept: `results.json` has their scores, photo by photo."
        + _fewer_words([(model, key) for model in models.values() for key in shown.values()])
    )
    table = Table.of(["model", "runs", *shown], rows).markdown()
    return table + "\n\n" + "\n".join(textwrap.wrap(words, 116)) + "\n"


def _runs_cell(model: ModelResults, metric: str) -> str:
    """Mean and spread of all runs; with their number where some were not measured by this metric."""
    found = model.of_all_runs(metric)
    if not _is_of_fewer(model, metric):
        return _spread(found, metric)
    return f"{_spread(found, metric)} of {len(found)} {'run' if len(found) == 1 else 'runs'}"


def _is_of_fewer(model: ModelResults, metric: str) -> bool:
    return 0 < len(model.of_all_runs(metric)) < 1 + len(model.runs)


def _fewer_words(cells: Sequence[tuple[ModelResults, str]]) -> str:
    """What the cells of fewer runs are without; empty where there are none."""
    fewer = [(model, metric) for model, metric in cells if _is_of_fewer(model, metric)]
    if not fewer:
        return ""
    without = sum(metric not in model.per_image for model, metric in fewer)
    return (
        " A cell of fewer runs says so: the others were not measured by that metric. The model that is here is missing in "
        f"{'all' if without == len(fewer) else without} of them."
    )


def _spread(runs: Sequence[Sequence[float]], metric: str) -> str:
    """ "30.41 ± 0.03 (30.38 … 30.45)" of one score per photo and run; the mean alone of a single run."""
    means = [float(np.mean(run)) for run in runs]
    decimals = 2 if metric == "psnr_db" else 4
    if len(means) < 2:
        return f"{means[0]:.{decimals}f}" if means else MISSING
    low, high = (f"{value:.{decimals}f}" for value in (min(means), max(means)))
    return f"{np.mean(means):.{decimals}f} ± {np.std(means, ddof=1):.{decimals}f} ({low} … {high})"


def _elsewhere(results: Results) -> list[str]:
    """Which models were measured by another command or on another machine, a sentence for each of these."""
    found: dict[str, list[str]] = {}
    for name, model in results.models.items():
        if model.measured_by is not None:
            by = f"{model.measured_by['command']}, {model.measured_by['machine'].get('device', 'unknown device')}"
            found.setdefault(by, []).append(f"`{name}`")
    return [f"Measured by {by}: {', '.join(names)}." for by, names in found.items()]


def training_table() -> str:
    """How the models were trained, as a table."""
    infos = [read_info(zoo_checkpoint(name)) for name in available_models()]
    return (
        Table.of(
            [
                "model",
                "loss",
                "crop",
                "steps",
                "minutes",
                "device",
                "seed",
                "stage dropout",
                "used share per stage (training photos)",
            ],
            [_training_row(info) for info in infos],
        ).markdown()
        + "\n"
    )


def _score_row(scores: ModelScores) -> list[str]:
    norms = " → ".join(f"{value:.3f}" for value in scores.residual_rms)
    low, high = scores.intervals.get("psnr_db", (None, None))
    psnr = f"{format_number(scores.psnr_db, 2)} ({format_number(low, 2)} … {format_number(high, 2)})"
    return [
        f"`{scores.model}`",
        format_number(scores.bits_per_token, 0),
        format_number(scores.bpp_nominal, 3),
        format_number(scores.bpp_entropy, 3),
        format_number(scores.l1, 4),
        psnr,
        format_number(scores.ssim, 3),
        format_number(scores.flip, 3),
        format_number(scores.lpips, 3),
        format_number(scores.st_lpips, 4),
        norms or MISSING,
    ]


def _training_row(info: CheckpointInfo) -> list[str]:
    facts = info.training
    used = " ".join(MISSING if share is None else f"{share:.1%}" for share in facts.get("training_usage", ()))
    recipe = facts.get("recipe", {})
    return [
        f"`{info.config.name}`",
        _loss(recipe),
        str(recipe.get("crop", MISSING)),
        str(facts.get("steps", MISSING)),
        format_number(facts.get("seconds", 0) / 60, 1),
        str(facts.get("device", MISSING)),
        str(recipe.get("seed", MISSING)),
        str(recipe.get("stage_dropout") or MISSING),
        used or MISSING,
    ]


def _loss(recipe: Mapping[str, Any]) -> str:
    """The loss of a recipe: "L1 + 0.1 ST-LPIPS"."""
    terms = {
        "1 − SSIM": recipe.get("ssim_weight"),
        "LPIPS": recipe.get("lpips_weight"),
        "ST-LPIPS": recipe.get("st_lpips_weight"),
    }
    return " + ".join(["L1", *(f"{weight:g} {term}" for term, weight in terms.items() if weight)])
