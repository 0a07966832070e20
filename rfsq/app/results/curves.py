"""The numbers of the Results page's charts: one row per model, one curve over its stage counts, the ceilings."""

from __future__ import annotations

import numpy as np

from rfsq.app.results.stages import FAMILIES
from rfsq.evidence.model_scores import ModelScores
from rfsq.evidence.results import Results
from rfsq.figures.equal_bits import ScoreRow
from rfsq.figures.metric import METRICS, Metric
from rfsq.figures.rate_curves import RateCurve
from rfsq.model.zoo import STAGE_DROPOUT, ZOO, ceiling_of, like_the_paper
from rfsq.style.wording import format_bytes

ONE, FOUR, TWO, MORE, OTHER = (
    "One rounding",
    "RFSQ, 4 stages of 1024 codes",
    "RFSQ, 2 stages of 2048 codes",
    "Residual VQ, grouped, progressive",
    "Perceptual loss, or larger blocks",
)


def score_rows(results: Results, metric: Metric) -> list[ScoreRow]:
    """All quantized models that were measured by this metric, with the ceiling of their width."""
    rows = []
    for name, model in results.models.items():
        value, bits = getattr(model.full, metric.key), model.full.bits_per_token
        if value is not None and bits is not None:
            low, high = model.full.intervals.get(metric.key, (value, value))
            ceiling = _ceiling(results, name, metric)
            limit = None if ceiling is None else ceiling[1]
            details = _details(model.full, metric)
            runs = tuple(float(np.mean(run)) for run in model.of_other_runs(metric.key))
            rows.append(ScoreRow(name, bits, value, low, high, limit, details, runs=runs, stride=ZOO[name].stride))
    return rows


def rate_curves(results: Results, metric: Metric) -> list[RateCurve]:
    """The scores of all quantized models at every stage count."""
    curves = []
    for name, model in results.models.items():
        points = [
            (scores.bits_per_token, getattr(scores, metric.key), _details(scores, metric)) for scores in model.scores
        ]
        known = [(bits, value, details) for bits, value, details in points if bits is not None and value is not None]
        if known:
            bits, values, details = zip(*known, strict=True)
            curves.append(
                RateCurve(
                    name,
                    bits,
                    values,
                    name in STAGE_DROPOUT,
                    details,
                    ZOO[name].stride,
                    _ceiling(results, name, metric),
                )
            )
    return curves


def grouped_curves(results: Results, metric: Metric) -> dict[str, list[RateCurve]]:
    """The curves in panels of one kind each."""
    found: dict[str, list[RateCurve]] = {kind: [] for kind in (ONE, FOUR, TWO, MORE, OTHER)}
    for curve in rate_curves(results, metric):
        found[_kind(curve.model)].append(curve)
    return found


def _kind(name: str) -> str:
    if not like_the_paper(name):
        return OTHER
    if ZOO[name].num_stages == 1:
        return ONE
    return FOUR if name in FAMILIES["4x1024"] else TWO if name in FAMILIES["2x2048"] else MORE


def _ceiling(results: Results, name: str, metric: Metric) -> tuple[int, float] | None:
    """Width and score of the same network without rounding, where both were measured."""
    ceiling = ceiling_of(name)
    value = getattr(results.full(ceiling), metric.key) if ceiling is not None and ceiling in results.models else None
    return None if value is None else (ZOO[name].dim, value)


def _details(scores: ModelScores, metric: Metric) -> tuple[str, ...]:
    """The other metrics and the rates, for a hover box."""
    lines = [
        f"{other.name}: {other.write(value)}"
        for key, other in METRICS.items()
        if key != metric.key and (value := getattr(scores, key)) is not None
    ]
    if scores.bpp_nominal is not None and scores.bpp_entropy is not None:
        lines.append(f"{scores.bpp_nominal:.3f} bpp nominal, {scores.bpp_entropy:.3f} by entropy")
    if scores.side_bytes_per_image:
        lines.append(f"{format_bytes(scores.side_bytes_per_image)} side information per photo, included")
    return tuple(lines)


def ceilings(results: Results, metric: Metric) -> dict[int, float]:
    """Score of the unquantized network by latent width: at the paper's stride, trained with L1."""
    found = {
        ZOO[name].dim: getattr(model.full, metric.key)
        for name, model in results.models.items()
        if not ZOO[name].quantized and like_the_paper(name)
    }
    return {width: value for width, value in found.items() if value is not None}
