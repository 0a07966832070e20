"""Learning the tables of a model from the indices of many equally large photos.

For each plane in coding order: choose the earlier planes that predict it best, fit the weights of the two sums of every
pass by least squares, round them to integers, and count digits per context.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from tqdm import tqdm

from rfsq.codec.entropy.contexts import (
    ACTIVITY,
    BIN_SHIFT,
    CENTRE,
    CROSS,
    DEVIATION_CELLS,
    GAINS,
    PASSES,
    Canvas,
    Finished,
    PlaneModel,
    cells,
    contexts,
    features,
)
from rfsq.codec.entropy.planes import Layout, Plane, channel_parts, split
from rfsq.codec.entropy.tables import Tables, code_of, sum_bound

MEAN_LOOKS: Final = 8  # earlier planes' centres and crosses in the first sum
DEVIATION_LOOKS: Final = 4
_SAMPLE: Final = 100_000  # positions to choose the looks by
_PRIOR: Final = 8.0  # photos' counts start from this many digits, distributed as in the whole mean bin
_LARGEST: Final = 400_000  # count of a context's most frequent digit
_BOUND: Final = 32_767


def learn_tables(
    layout: Layout,
    indices: np.ndarray,
    weights_sha256: str,
    codebooks: Sequence[np.ndarray] | None = None,
    progress: str | None = None,
) -> Tables:
    """Tables from indices (N, S, h, w) int64. `codebooks`: (codes, D) of each stage of a VQ model, else None.

    `progress`: the name to show on a progress bar, None for no bar.
    """
    ranks: list[np.ndarray | None] = [None] * layout.num_stages
    if codebooks is not None:
        ranks = [code_order(codebook) for codebook in codebooks]
    models: list[PlaneModel] = []
    counts: list[np.ndarray] = []
    finished: list[Finished] = []
    for plane in tqdm(layout.planes(), desc=progress, unit="plane", disable=progress is None, dynamic_ncols=True):
        rank = ranks[plane.stage]
        stage = indices[:, plane.stage] if rank is None else rank[indices[:, plane.stage]]
        model, histogram, done = _learn_plane(plane, split(plane, stage), finished)
        models.append(model)
        counts.append(_stored(histogram, model))
        finished.append(done)
    return Tables(layout, weights_sha256, tuple(models), tuple(counts), tuple(ranks))


def code_order(codebook: np.ndarray) -> np.ndarray:
    """A number for each code of a VQ codebook (codes, D) whose digits mean something: (codes,) int64.

    The codes are sorted along the first principal axis and cut into groups, one per value of the number's first part;
    each group is sorted along the second axis and cut, and so on.
    """
    centred = codebook.astype(np.float64) - codebook.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    order = np.arange(len(codebook))
    size = len(codebook)
    for part, (divisor, _) in enumerate(channel_parts(len(codebook))):
        along = centred @ axes[part % len(axes)]
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        order = np.concatenate([group[np.argsort(along[group], kind="stable")] for group in groups])
        size = divisor
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _learn_plane(plane: Plane, digits: np.ndarray, finished: list[Finished]) -> tuple[PlaneModel, np.ndarray, Finished]:
    levels = plane.levels
    mean_from = _best_looks(digits, levels, finished)
    deviation_from = tuple(dict.fromkeys(source for source, _ in mean_from))[:DEVIATION_LOOKS]
    category_from = _most_informative(digits, levels, finished) if finished and levels <= 8 else None
    categories = 1 if category_from is None else min(4, finished[category_from].levels)
    mean_bins, deviation_bins = (16, 4) if categories > 1 else (32, 6)
    mean_weights, deviation_weights = [], []
    seen = np.zeros(DEVIATION_CELLS, np.int64)
    canvas = Canvas(digits.shape, levels)
    for one in PASSES:
        here = digits[:, one.top :: one.step, one.left :: one.step]
        means, deviations = features(one, canvas, finished, mean_from, deviation_from)
        value = 2.0 * here.ravel() - (levels - 1)
        mean_scale = mean_bins * 2**BIN_SHIFT / (2 * levels)
        limits = [gain * (levels - 1) for gain in one.own_mean_gains]
        limits += [GAINS[kind] * (finished[source].levels - 1) for source, kind in mean_from]
        fit, expected = _fit(means, value, mean_scale, limits, offset=levels)
        mean_weights.append(fit)
        limits = [gain * (levels - 1) for gain in one.own_deviation_gains]
        limits += [GAINS[ACTIVITY] * (finished[source].levels - 1) for source in deviation_from]
        scale = DEVIATION_CELLS * 2**BIN_SHIFT / levels
        fit, _ = _fit(deviations, abs(value - expected), scale, limits, offset=0)
        deviation_weights.append(fit)
        seen += np.bincount(cells(deviations, fit, here.shape, DEVIATION_CELLS).ravel(), minlength=DEVIATION_CELLS)
        canvas.fill(one, here)
    share = np.cumsum(seen) / max(seen.sum(), 1)
    thresholds = tuple(int(np.searchsorted(share, cut)) + 1 for cut in np.arange(1, deviation_bins) / deviation_bins)
    model = PlaneModel(
        levels,
        mean_from,
        deviation_from,
        category_from,
        tuple(mean_weights),
        tuple(deviation_weights),
        thresholds,
        mean_bins,
        categories,
    )
    return model, *_count(model, digits, finished)


def _count(model: PlaneModel, digits: np.ndarray, finished: list[Finished]) -> tuple[np.ndarray, Finished]:
    """How often each digit follows each context, (contexts, levels) int64, and the finished plane."""
    histogram = np.zeros(model.contexts * model.levels, np.int64)
    canvas = Canvas(digits.shape, model.levels)
    for number, one in canvas.passes():
        here = digits[:, one.top :: one.step, one.left :: one.step]
        pairs = contexts(model, number, canvas, finished).astype(np.int64) * model.levels + here
        histogram += np.bincount(pairs.ravel(), minlength=len(histogram))
        canvas.fill(one, here)
    return histogram.reshape(model.contexts, model.levels), canvas.finish()


def _stored(histogram: np.ndarray, model: PlaneModel) -> np.ndarray:
    """Counts (contexts, levels) as bytes, rare contexts drawn towards all contexts of their mean bin."""
    by_bin = histogram.reshape(model.mean_bins, -1, model.levels).sum(axis=1) + 0.4
    prior = (by_bin / by_bin.sum(axis=1, keepdims=True)).repeat(model.contexts // model.mean_bins, axis=0)
    smooth = histogram + _PRIOR * prior
    return np.maximum(code_of(smooth * (_LARGEST / smooth.max(axis=1, keepdims=True))), 1)


def _fit(
    parts: Sequence[np.ndarray], target: np.ndarray, scale: float, limits: Sequence[int], offset: float
) -> tuple[tuple[int, ...], np.ndarray]:
    """Integer weights of scale · (target + offset), whose sums stay within int16; and the prediction of target."""
    columns = np.stack([part.ravel() for part in parts] + [np.ones(len(target), np.int16)], axis=1).astype(np.float64)
    gram, moments = columns.T @ columns, columns.T @ target
    ridge = 3.0
    while True:
        weights = np.linalg.solve(gram + ridge * np.eye(len(gram)), moments)
        scaled = weights * scale
        scaled[-1] += offset * scale
        whole = tuple(int(weight) for weight in np.rint(scaled))
        if sum_bound(whole, [*limits, 1]) <= _BOUND:
            return whole, columns @ weights
        ridge *= 10


def _best_looks(digits: np.ndarray, levels: int, finished: list[Finished]) -> tuple[tuple[int, int], ...]:
    """The centres and crosses of earlier planes that together predict a plane best, the best first."""
    looks = [(plane, kind) for plane in range(len(finished)) for kind in (CENTRE, CROSS)]
    if not looks:
        return ()
    canvas = Canvas(digits.shape, levels)
    for one in PASSES:
        canvas.fill(one, digits[:, one.top :: one.step, one.left :: one.step])
    own = canvas.finish().views[CROSS]
    positions = np.random.default_rng(0).choice(digits.size, min(digits.size, _SAMPLE), replace=False)
    views = [finished[plane].views[kind] for plane, kind in looks]
    columns = np.stack(
        [view.ravel()[positions] for view in (*views, own)] + [np.ones(len(positions), np.int16)], axis=1
    ).astype(np.float64)
    target = 2.0 * digits.ravel()[positions] - (levels - 1)
    gram, moments = columns.T @ columns + 3 * np.eye(columns.shape[1]), columns.T @ target
    chosen = [len(looks), len(looks) + 1]  # its own neighbours and the constant are there anyway
    for _ in range(min(MEAN_LOOKS, len(looks))):

        def explained(look: int) -> float:
            subset = [*chosen, look]
            return float(np.linalg.solve(gram[np.ix_(subset, subset)], moments[subset]) @ moments[subset])

        chosen.append(max((look for look in range(len(looks)) if look not in chosen), key=explained))
    return tuple(looks[look] for look in chosen[2:])


def _most_informative(digits: np.ndarray, levels: int, finished: list[Finished]) -> int:
    """The earlier plane whose digit says most about a plane's (largest mutual information)."""

    def information(source: Finished) -> float:
        pairs = source.digits.ravel().astype(np.int64) * levels + digits.ravel()
        joint = np.bincount(pairs, minlength=source.levels * levels).reshape(source.levels, levels) / digits.size
        independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
        there = joint > 0
        return float((joint[there] * np.log(joint[there] / independent[there])).sum())

    return max(range(len(finished)), key=lambda plane: information(finished[plane]))
