"""Files weighed beside those of other formats: size and quality after each stage, and at each quality.

    checkpoints/file-curves.json       means over the test photos, beside the results of the zoo
    checkpoints/gallery-curves.json    photo by photo, of the larger photos that the package ships

`rfsq results` writes both, with `--images DIR` and with `--gallery`. Of the test photos, `photos` has each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rfsq.codec.rate_distortion import RD_METRICS, RatePoint, RdMetric
from rfsq.evidence.stored import load_stored, write_stored
from rfsq.model.checkpoint import checkpoint_folder

FORMAT = 1


@dataclass(frozen=True)
class CurvePoint:
    """One stage count or one quality: of a photo, or means over photos."""

    label: str
    size: float  # bytes
    psnr_db: float | None = None  # None where it was not measured
    ssim: float | None = None
    flip: float | None = None
    st_lpips: float | None = None
    st_lpips_vgg: float | None = None

    def at(self, metric: RdMetric) -> RatePoint:
        """The score is NaN where it was not measured."""
        score = getattr(self, metric)
        return RatePoint(self.label, self.size, math.nan if score is None else score)


Curves = Mapping[str, tuple[CurvePoint, ...]]


@dataclass(frozen=True)
class FolderRun:
    """What was weighed: a folder of photos, by a command, with these models."""

    command: str
    folder: str
    folder_sha256: str
    images: int
    pixels_per_image: float
    files_of: Mapping[str, str]  # model -> "weights/tables" that the files were made with


@dataclass(frozen=True)
class FileCurves(FolderRun):
    """Means over the photos of a folder."""

    ours: Curves  # of models, and of stacks around a network, with 1 … S stages
    other_formats: Curves  # "rivals" in the file


@dataclass(frozen=True)
class PhotoCurves:
    """One photo."""

    pixels: int
    files_of: Mapping[str, str]  # as those of FolderRun
    ours: Curves
    other_formats: Curves  # "rivals" in the file


@dataclass(frozen=True)
class GalleryCurves:
    """A run over photos of the gallery."""

    command: str
    photos: Mapping[str, PhotoCurves]

    def means(self) -> FileCurves:
        """The same as means over the photos: of what was measured of all of them."""
        photos = list(self.photos.values())
        ours, others = (_means([getattr(photo, kind) for photo in photos]) for kind in ("ours", "other_formats"))
        pixels = float(np.mean([photo.pixels for photo in photos]))
        return FileCurves(self.command, "gallery", "", len(photos), pixels, photos[0].files_of, ours, others)


def _means(photos: Sequence[Curves]) -> Curves:
    names = [name for name in photos[0] if all(name in curves for curves in photos)]
    return {name: mean_curve([curves[name] for curves in photos]) for name in names}


def mean_curve(curves: Sequence[Sequence[CurvePoint]]) -> tuple[CurvePoint, ...]:
    """Means of the points that all photos have; a score that one lacks is None."""
    by_label = [{point.label: point for point in curve} for curve in curves]
    shared = [label for label in by_label[0] if all(label in points for points in by_label)]
    return tuple(_mean_point([points[label] for points in by_label]) for label in shared)


def _mean_point(points: Sequence[CurvePoint]) -> CurvePoint:
    scores = {metric: [getattr(point, metric) for point in points] for metric in RD_METRICS}
    return CurvePoint(
        points[0].label,
        float(np.mean([point.size for point in points])),
        **{metric: float(np.mean(found)) for metric, found in scores.items() if None not in found},
    )


def with_score(point: CurvePoint, metric: RdMetric, score: float | None) -> CurvePoint:
    """A point with one score set."""
    changed: dict[str, Any] = {metric: score}
    return replace(point, **changed)


def filled(curve: Sequence[CurvePoint], known: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """A curve with the scores that a known curve has and it has not, point by point."""
    by_label = {point.label: point for point in known}
    found = []
    for point in curve:
        for metric in missing_scores([point], RD_METRICS):
            point = with_score(point, metric, getattr(by_label.get(point.label), metric, None))
        found.append(point)
    return tuple(found)


def missing_scores(curve: Sequence[CurvePoint], wanted: Sequence[RdMetric]) -> tuple[RdMetric, ...]:
    """Of the wanted scores those that a point of a curve lacks."""
    return tuple(metric for metric in wanted if any(getattr(point, metric) is None for point in curve))


def curves_file() -> Path:
    """Where the curves over the test photos are: beside the checkpoints."""
    return checkpoint_folder() / "file-curves.json"


def gallery_file() -> Path:
    """Where the curves of the gallery are: beside the checkpoints."""
    return checkpoint_folder() / "gallery-curves.json"


def write_curves(curves: FileCurves | GalleryCurves, path: Path) -> None:
    """Write the file atomically, a line per point, numbers rounded to what they can mean."""
    write_stored(path, _rounded(_renamed(asdict(curves), "other_formats", "rivals")), format=FORMAT)


def _renamed(value: Any, old: str, new: str) -> Any:
    """A JSON value with a key renamed wherever it stands."""
    if isinstance(value, dict):
        return {new if key == old else key: _renamed(item, old, new) for key, item in value.items()}
    return value


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items() if item is not None}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


def load_curves() -> FileCurves | None:
    """The curves over the test photos, None if there are none. Raises ResultsError if they are damaged."""
    return load_stored(curves_file(), _file_curves, format=FORMAT)


def load_gallery_curves() -> GalleryCurves | None:
    """The curves of the gallery, None if there are none. Raises ResultsError if they are damaged."""
    return load_stored(gallery_file(), _gallery_curves, format=FORMAT)


def _file_curves(record: dict[str, Any]) -> FileCurves:
    ours, others = (_curves(record.pop(kind)) for kind in ("ours", "rivals"))
    return FileCurves(**record, ours=ours, other_formats=others)


def _gallery_curves(record: dict[str, Any]) -> GalleryCurves:
    photos = {str(name): _photo(photo) for name, photo in record.pop("photos").items()}
    if not photos:
        raise ValueError("it holds no photo")
    return GalleryCurves(**record, photos=photos)


def _photo(record: dict[str, Any]) -> PhotoCurves:
    ours, others = (_curves(record.pop(kind)) for kind in ("ours", "rivals"))
    return PhotoCurves(**record, ours=ours, other_formats=others)


def _curves(record: dict[str, Any]) -> Curves:
    return {str(name): tuple(_point(**point) for point in points) for name, points in record.items()}


def _point(label: str, **values: float) -> CurvePoint:
    return CurvePoint(str(label), **{name: float(value) for name, value in values.items()})
