"""Files of the test photos, photo by photo: what comparisons at equal bytes, and how sure they are, need.

    checkpoints/file-photos.json    a column of numbers for each format and quality, each model for low rates and stage

The photos are in the order of their folder and have no names here. `rfsq results --images DIR` writes the file, together
with the means in `file-curves.json`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from rfsq.codec.rate_distortion import RD_METRICS, RdMetric
from rfsq.evidence.files.curves import CurvePoint, FileCurves, FolderRun
from rfsq.evidence.stored import load_stored, write_stored
from rfsq.model.checkpoint import checkpoint_folder

FORMAT: Final = 1
_LIMIT: Final = 16 * 2**20  # bytes of a file


@dataclass(frozen=True, eq=False)
class PhotoPoint:
    """One quality or one stage count, of all photos."""

    label: str
    overhead: int  # bytes that a file has at this setting whatever the picture: header, checksums, empty tables
    size: np.ndarray  # (N,) bytes of whole files
    scores: Mapping[RdMetric, np.ndarray]  # (N,) float64, rounded as results are, NaN where a photo was not measured

    def mean(self, of: np.ndarray | slice = slice(None)) -> CurvePoint:
        """Mean size and mean scores, of all photos or of some by their places; None for a score that one of them lacks."""
        scores = {metric: values[of] for metric, values in self.scores.items()}
        found = {metric: float(values.mean()) for metric, values in scores.items() if np.isfinite(values).all()}
        return CurvePoint(self.label, float(self.size[of].mean()), **found)


PhotoPoints = tuple[PhotoPoint, ...]


@dataclass(frozen=True, eq=False)
class FilePhotos(FolderRun):
    """Each photo of a folder."""

    ours: Mapping[str, PhotoPoints]  # with 1 … S stages
    other_formats: Mapping[str, PhotoPoints]  # by quality, ascending; "rivals" in the file

    def with_format(self, name: str, points: PhotoPoints) -> FilePhotos:
        """With the files of another format."""
        return replace(self, other_formats={**self.other_formats, name: points})

    def means_of_measured(self, metric: RdMetric) -> FileCurves | None:
        """Means over the photos that every curve with this score was measured of; None where there is no such photo."""
        methods = (self.ours, self.other_formats)
        columns = [
            np.stack([point.scores[metric] for point in points])
            for curves in methods
            for points in curves.values()
            if all(metric in point.scores for point in points)
        ]
        places = np.flatnonzero(np.isfinite(np.concatenate(columns)).all(axis=0)) if columns else np.array([])
        if not len(places):
            return None
        ours, others = (
            {name: tuple(point.mean(places) for point in points) for name, points in curves.items()}
            for curves in methods
        )
        facts = (self.command, self.folder, self.folder_sha256, len(places), self.pixels_per_image, self.files_of)
        return FileCurves(*facts, ours, others)

    def without(self, names: Collection[str]) -> FilePhotos:
        """Without these models and formats."""
        ours, others = (
            {name: points for name, points in known.items() if name not in names}
            for known in (self.ours, self.other_formats)
        )
        return replace(self, ours=ours, other_formats=others)

    def with_ours(self, name: str, made_with: str, points: PhotoPoints) -> FilePhotos:
        """With the files of a model."""
        return replace(self, files_of={**self.files_of, name: made_with}, ours={**self.ours, name: points})


def photos_file() -> Path:
    """Where they are: beside the checkpoints."""
    return checkpoint_folder() / "file-photos.json"


def write_photos(photos: FilePhotos, path: Path) -> None:
    """Write the file atomically, a column a line."""
    record = {key: value for key, value in vars(photos).items() if key not in ("ours", "other_formats")}
    for key, methods in (("ours", photos.ours), ("rivals", photos.other_formats)):
        record[key] = {name: [_columns(point) for point in points] for name, points in methods.items()}
    write_stored(path, record, format=FORMAT)


def _columns(point: PhotoPoint) -> dict[str, Any]:
    columns: dict[str, Any] = {"label": point.label, "overhead": point.overhead, "size": point.size.tolist()}
    for metric, values in point.scores.items():
        columns[metric] = [float(value) if math.isfinite(value) else None for value in values]
    return columns


def load_photos() -> FilePhotos | None:
    """None if there is no file. Raises ResultsError if it is damaged."""
    return load_stored(photos_file(), _read, format=FORMAT, limit=_LIMIT)


def _read(record: dict[str, Any]) -> FilePhotos:
    images = int(record["images"])
    ours, others = (
        {str(name): tuple(_point(point, images) for point in points) for name, points in record.pop(kind).items()}
        for kind in ("ours", "rivals")
    )
    return FilePhotos(**record, ours=ours, other_formats=others)


def _point(record: dict[str, Any], images: int) -> PhotoPoint:
    label, overhead = str(record.pop("label")), int(record.pop("overhead"))
    columns = {key: np.array(values, dtype=np.float64) for key, values in record.items()}  # None becomes NaN
    size = columns.pop("size")
    if any(column.shape != (images,) for column in (size, *columns.values())) or not (size > 0).all():
        raise ValueError("a column does not have a number for each photo")
    unknown = columns.keys() - {*RD_METRICS}
    if unknown:
        raise ValueError(f"there is no score called {min(unknown)!r:.40}")
    return PhotoPoint(
        label, overhead, size.astype(np.int64), {metric: columns[metric] for metric in RD_METRICS if metric in columns}
    )


def means(points: Sequence[PhotoPoint]) -> tuple[CurvePoint, ...]:
    """The curve of means."""
    return tuple(point.mean() for point in points)
