"""Curves of photos, measured from real files: ours cut after each stage, other formats at each quality."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from tqdm import tqdm

from rfsq.codec.codec import Codec, compress
from rfsq.codec.other_formats import QUALITIES, FormatFile, FormatName, base_of, container_floor, encode
from rfsq.codec.rate_distortion import (
    RD_METRICS,
    RdMetric,
    StageFile,
    distances,
    label_of_file,
    measure,
    stage_files,
)
from rfsq.evidence.files.curves import CurvePoint, filled, mean_curve, missing_scores, with_score
from rfsq.evidence.files.photos import PhotoPoint, PhotoPoints
from rfsq.evidence.model_scores import ModelScores
from rfsq.evidence.records import rounded
from rfsq.metrics.learned import ST_LPIPS_SCORES, StLpipsChoice
from rfsq.metrics.st_lpips import StLpips, StLpipsUnavailable, load_st_lpips
from rfsq.photos.read import read_image

LOW_QUALITIES: Final[dict[str, tuple[int, ...]]] = {  # closer than QUALITIES where rates are low, and not far beyond
    "jpeg": (0, 3, 5, 7, 10, 15, 20),
    "webp": (0, 5, 10, 20, 30),
    "avif": (0, 10, 20, 30, 38),
}
Files = Sequence[StageFile] | Sequence[FormatFile]
_SAME_BYTES: Final = 0.01  # two means of sizes are of the same files
Networks = dict[RdMetric, StLpips]
Wanted = Mapping[RdMetric, int]  # score -> n: it is measured of every n-th photo


def st_lpips_networks(device: torch.device, choice: StLpipsChoice = "both") -> Networks:
    """The chosen networks whose weights are here, by the names of their scores."""
    found: Networks = {}
    for metric, net in ST_LPIPS_SCORES.items():
        if choice not in (net, "both"):
            continue
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


def format_photos(
    files: Sequence[Path], name: FormatName, networks: Networks, wanted: Wanted, known: PhotoPoints = ()
) -> PhotoPoints:
    """A format's files of the photos at LOW_QUALITIES. What `known` holds is kept if the files are as large."""
    qualities = LOW_QUALITIES[base_of(name)]
    overheads = [container_floor(name)] * len(qualities)
    return _photos(
        files, name, lambda pixels: format_files(pixels, name, qualities), overheads, networks, wanted, known
    )


def model_photos(
    codec: Codec, files: Sequence[Path], networks: Networks, wanted: Wanted, known: PhotoPoints = ()
) -> PhotoPoints:
    """The files of a model, cut after 1 … S stages; all is measured from the files. What `known` holds is kept."""
    overheads = compress(codec, read_image(files[0])).overheads
    return _photos(files, codec.name, lambda pixels: stage_files(codec, pixels), overheads, networks, wanted, known)


def with_sizes(points: PhotoPoints, codec: Codec, files: Sequence[Path]) -> PhotoPoints:
    """The same scores with the sizes that files have now: other count tables make other bytes of the same pictures."""
    made = [
        compress(codec, read_image(file)) for file in tqdm(files, desc=codec.name, unit="image", dynamic_ncols=True)
    ]
    sizes, overheads = np.array([one.sizes for one in made], dtype=np.int64), made[0].overheads
    return tuple(replace(point, size=sizes[:, at], overhead=overheads[at]) for at, point in enumerate(points))


def lacking(points: PhotoPoints, wanted: Wanted) -> Wanted:
    """Of the wanted scores those that a point lacks of a photo."""
    return {
        metric: step
        for metric, step in wanted.items()
        if not points
        or any(metric not in point.scores or np.isnan(point.scores[metric][::step]).any() for point in points)
    }


def _photos(
    files: Sequence[Path],
    name: str,
    make: Callable[[np.ndarray], Files],
    overheads: Sequence[int],
    networks: Networks,
    wanted: Wanted,
    known: PhotoPoints,
) -> PhotoPoints:
    due = lacking(known, wanted)
    curves: dict[int, tuple[CurvePoint, ...]] = {}
    for number, file in enumerate(tqdm(files, desc=name, unit="image", dynamic_ncols=True)):
        metrics = [metric for metric, step in due.items() if number % step == 0]
        if known and not metrics:
            continue
        pixels = read_image(file)
        made = make(pixels)
        if known and [one.size for one in made] != [point.size[number] for point in known]:
            return _photos(files, name, make, overheads, networks, wanted, ())  # made by other code than what is known
        curves[number] = photo_curve(pixels, made, networks, metrics)
    if known:
        return tuple(_added(point, curves, at, due) for at, point in enumerate(known))
    first = curves[0]
    sizes = np.array([[point.size for point in curves[number]] for number in range(len(files))], dtype=np.int64)
    fresh = [
        PhotoPoint(point.label, overhead, sizes[:, at], {})
        for at, (point, overhead) in enumerate(zip(first, overheads, strict=True))
    ]
    return tuple(_added(point, curves, at, due) for at, point in enumerate(fresh))


def _added(point: PhotoPoint, curves: Mapping[int, Sequence[CurvePoint]], at: int, due: Wanted) -> PhotoPoint:
    """A point with the scores that were measured of some photos."""
    scores = dict(point.scores)
    for metric in due:
        column = scores.get(metric, np.full(len(point.size), np.nan)).copy()
        for number, curve in curves.items():
            if (score := getattr(curve[at], metric)) is not None:
                column[number] = rounded(metric, score)
        scores[metric] = column
    return replace(point, scores={metric: scores[metric] for metric in RD_METRICS if metric in scores})


def zoo_means(
    codec: Codec, files: Sequence[Path], scores: Sequence[ModelScores], networks: Networks, known: Sequence[CurvePoint]
) -> tuple[CurvePoint, ...]:
    """Mean sizes of the files of a model, cut after 1 … S stages, with the scores that the results hold of the same pictures.

    Results may lack ST-LPIPS after fewer than all stages; it is then measured here, unless `known` has it.
    """
    sizes = known or _means(files, codec.name, lambda pixels: _sizes(codec, pixels))
    curve = filled([CurvePoint(point.label, point.size) for point in sizes], known_scores(scores))
    curve = filled(curve, known)
    wanted: tuple[RdMetric, ...] = ("st_lpips",)
    if networks and missing_scores(curve, wanted):
        found = _means(
            files, codec.name, lambda pixels: photo_curve(pixels, stage_files(codec, pixels), networks, wanted)
        )
        curve = filled(curve, found)
    return curve


def format_means(
    files: Sequence[Path], name: FormatName, networks: Networks, wanted: Sequence[RdMetric], known: Sequence[CurvePoint]
) -> tuple[CurvePoint, ...]:
    """Means over the photos of a format's files at QUALITIES. Scores in `known` are kept if the files are as large."""

    def measured(qualities: Sequence[int], metrics: Sequence[RdMetric]) -> tuple[CurvePoint, ...]:
        return _means(
            files,
            name,
            lambda pixels: photo_curve(pixels, format_files(pixels, name, qualities), networks, metrics),
        )

    if not known:
        return _complete(measured(QUALITIES, wanted))
    due = [point for point in known if missing_scores([point], wanted)]
    labels = {point.label for point in due}
    qualities = [quality for quality in QUALITIES if f"quality {quality}" in labels]
    if not same_files(measured(qualities, ()), due):  # measuring takes many times as long as writing
        return _complete(measured(QUALITIES, wanted))  # what is known was written by another version of the library
    return _complete(filled(known, measured(qualities, missing_scores(due, wanted))))


def same_files(curve: Sequence[CurvePoint], other: Sequence[CurvePoint]) -> bool:
    """Whether the points that two curves of means share are as large in both, and so of the same files."""
    sizes = {point.label: point.size for point in other}
    return all(abs(sizes.get(point.label, point.size) - point.size) <= _SAME_BYTES for point in curve)


def _complete(curve: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """Without the qualities at which a photo came back unchanged, which have no PSNR."""
    return tuple(point for point in curve if point.psnr_db is not None)


def known_scores(scores: Sequence[ModelScores]) -> tuple[CurvePoint, ...]:
    """What the results hold of a model's pictures, by stage count; the sizes are not known."""
    return tuple(
        CurvePoint(str(one.stages), 0.0, *(getattr(one, metric, None) for metric in RD_METRICS)) for one in scores
    )


def _sizes(codec: Codec, pixels: np.ndarray) -> tuple[CurvePoint, ...]:
    return tuple(CurvePoint(str(k), size) for k, size in enumerate(compress(codec, pixels).sizes, start=1))


def _means(
    files: Sequence[Path], name: str, curve_of: Callable[[np.ndarray], tuple[CurvePoint, ...]]
) -> tuple[CurvePoint, ...]:
    bar = tqdm(files, desc=name, unit="image", dynamic_ncols=True)
    return mean_curve([curve_of(read_image(file)) for file in bar])
