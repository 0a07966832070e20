"""Curves of photos, measured from real files: ours cut after each stage, other formats at each quality."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from tqdm import tqdm

from rfsq.codec.codec import Codec, compress
from rfsq.codec.other_formats import QUALITIES, FormatFile, FormatName, encode
from rfsq.codec.rate_distortion import (
    RD_METRICS,
    RdMetric,
    StageFile,
    distances,
    label_of_file,
    measure,
    stage_files,
)
from rfsq.evidence.evaluation import ModelScores
from rfsq.evidence.file_curves import CurvePoint, filled, mean_curve, missing_scores, with_score
from rfsq.metrics.learned import ST_LPIPS_SCORES
from rfsq.metrics.st_lpips import StLpips, StLpipsUnavailable, load_st_lpips
from rfsq.photos.read import read_image

LOW_QUALITIES: Final[dict[str, tuple[int, ...]]] = {  # closer than QUALITIES where rates are low, and not far beyond
    "jpeg": (0, 3, 5, 7, 10, 15, 20),
    "webp": (0, 5, 10, 20, 30),
    "avif": (0, 10, 20, 30, 38),
}
_SAME_BYTES: Final = 0.01  # two means of sizes are of the same files
Files = Sequence[StageFile] | Sequence[FormatFile]
Networks = dict[RdMetric, StLpips]


def st_lpips_networks(device: torch.device) -> Networks:
    """The networks whose weights are here, by the names of their scores."""
    found: Networks = {}
    for metric, net in ST_LPIPS_SCORES.items():
        try:
            found[metric] = load_st_lpips(net).to(device)
        except StLpipsUnavailable:
            continue
    return found


def photo_curve(
    original: np.ndarray, files: Files, networks: Networks, wanted: Collection[RdMetric] = RD_METRICS
) -> tuple[CurvePoint, ...]:
    """Size and the wanted scores of files of the picture `original`, (H, W, 3) uint8.

    A score that is not finite, or whose network is not here, is None.
    """
    points = [CurvePoint(label_of_file(file), file.size) for file in files]
    pictures = [file.pixels for file in files]
    for metric in wanted:
        if metric == "st_lpips" or metric == "st_lpips_vgg":
            scores = distances(original, pictures, networks[metric]) if metric in networks else []
        else:
            scores = [measure(original, picture, metric) for picture in pictures]
        for number, score in enumerate(scores):
            if np.isfinite(score):
                points[number] = with_score(points[number], metric, score)
    return tuple(points)


def format_files(pixels: np.ndarray, name: FormatName, qualities: Sequence[int] = QUALITIES) -> list[FormatFile]:
    """A picture in another format at these qualities."""
    return [encode(pixels, name, quality) for quality in qualities]


def stack_means(codec: Codec, files: Sequence[Path], networks: Networks) -> tuple[CurvePoint, ...]:
    """Means over the photos of the files of a model, cut after 1 … S stages; all is measured from the files."""
    return _means(files, codec.name, lambda pixels: photo_curve(pixels, stage_files(codec, pixels), networks))


def model_sizes(codec: Codec, files: Sequence[Path]) -> tuple[CurvePoint, ...]:
    """Mean sizes of the files of a model, cut after 1 … S stages, without scores."""

    def sizes(pixels: np.ndarray) -> tuple[CurvePoint, ...]:
        return tuple(CurvePoint(str(k), size) for k, size in enumerate(compress(codec, pixels).sizes, start=1))

    return _means(files, codec.name, sizes)


def with_known_scores(curve: Sequence[CurvePoint], scores: Sequence[ModelScores]) -> tuple[CurvePoint, ...]:
    """Sizes with the scores that the results hold of the same pictures after as many stages."""
    return tuple(
        CurvePoint(point.label, point.size, *(getattr(one, metric, None) for metric in RD_METRICS))
        for point, one in zip(curve, scores, strict=True)
    )


def format_means(
    files: Sequence[Path], name: FormatName, networks: Networks, wanted: Sequence[RdMetric], known: Sequence[CurvePoint]
) -> tuple[CurvePoint, ...]:
    """Means over the photos of a format's files at QUALITIES. Scores in `known` are kept if the files are as large."""

    def measured(metrics: Collection[RdMetric]) -> tuple[CurvePoint, ...]:
        return _means(files, name, lambda pixels: photo_curve(pixels, format_files(pixels, name), networks, metrics))

    curve = measured(missing_scores(known, wanted) if known else wanted)
    sizes = {point.label: point.size for point in known}
    if any(abs(sizes.get(point.label, point.size) - point.size) > _SAME_BYTES for point in curve):
        return _complete(measured(wanted))  # what is known was written by another version of the format's library
    return _complete(filled(curve, known))


def _complete(curve: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """Without the qualities at which a photo came back unchanged, which have no PSNR."""
    return tuple(point for point in curve if point.psnr_db is not None)


def _means(
    files: Sequence[Path], name: str, curve_of: Callable[[np.ndarray], tuple[CurvePoint, ...]]
) -> tuple[CurvePoint, ...]:
    bar = tqdm(files, desc=name, unit="image", dynamic_ncols=True)
    return mean_curve([curve_of(read_image(file)) for file in bar])
