"""Scores as a table for people: what `evaluate` and `bench` print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from rfsq.commands.output import print_table
from rfsq.evidence.model_scores import METRICS, Evaluation
from rfsq.metrics.intervals import paired_difference
from rfsq.style.wording import MINUS, format_number, format_signed


def print_scores(evaluations: Iterable[Evaluation]) -> None:
    """One row per model, and below why a score is missing or says little."""
    shown = list(evaluations)
    extra = any(evaluation.scores.st_lpips_vgg is not None for evaluation in shown)
    print_table(
        [
            "model",
            "k",
            "bits/token",
            "bpp",
            "bpp entropy",
            "L1",
            "PSNR dB",
            "95 % interval",
            "SSIM",
            "MS-SSIM",
            "FLIP",
            "LPIPS",
            "ST-LPIPS",
            *(["ST-LPIPS VGG"] if extra else []),
            "used share",
        ],
        [_row(evaluation, extra) for evaluation in shown],
    )
    reasons = [item for one in shown for item in (*one.scores.not_measured.items(), *one.notes.items())]
    for metric, reason in dict.fromkeys(reasons):
        print(f"{metric}: {reason}")


def print_differences(reference: str, rows: Mapping[str, Mapping[str, Any]], images: int) -> None:
    """Paired differences to one model: name -> metric -> mean, low and high."""
    print(f"\nDifference to {reference} on the same {images} pictures (mean, 95 % interval):")
    print_table(
        ["model", *METRICS],
        [[name, *(_interval(row.get(metric), metric) for metric in METRICS)] for name, row in rows.items()],
    )


def _row(evaluation: Evaluation, extra: bool) -> list[str]:
    scores = evaluation.scores
    used = " ".join("–" if share is None else f"{share:.0%}" for share in scores.usage) or "–"
    bounds = scores.intervals.get("psnr_db")
    return [
        scores.model,
        str(scores.stages),
        format_number(scores.bits_per_token, 0),
        format_number(scores.bpp_nominal, 3),
        format_number(scores.bpp_entropy, 3),
        format_number(scores.l1, 4),
        format_number(scores.psnr_db, 2),
        "–" if bounds is None else f"{bounds[0]:.2f} … {bounds[1]:.2f}",
        format_number(scores.ssim, 3),
        format_number(scores.ms_ssim, 3),
        format_number(scores.flip, 3),
        format_number(scores.lpips, 3),
        format_number(scores.st_lpips, 3),
        *([format_number(scores.st_lpips_vgg, 3)] if extra else []),
        used,
    ]


def differences_to(evaluations: Mapping[str, Evaluation], reference: str) -> list[dict[str, dict[str, float]]]:
    """Per model: metric -> mean, low and high of its difference to the reference, where both were measured."""
    found = []
    for evaluation in evaluations.values():
        one: dict[str, dict[str, float]] = {}
        for metric in METRICS:
            mine, theirs = evaluation.per_image[metric], evaluations[reference].per_image[metric]
            if len(mine) > 1 and all(map(math.isfinite, (*mine, *theirs))):
                interval = paired_difference(mine, theirs)
                one[metric] = {"mean": interval.mean, "low": interval.low, "high": interval.high}
        found.append(one)
    return found


def _interval(interval: dict[str, float] | None, metric: str) -> str:
    if interval is None:
        return "–"
    digits = 2 if metric == "psnr_db" else 4
    mean, low, high = (format_signed(interval[key], digits).replace(MINUS, "-") for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"
