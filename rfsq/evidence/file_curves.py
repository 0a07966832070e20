"""Mean file sizes and quality over the test photos: `checkpoints/file-curves.json`, beside the results of the zoo.

Quality of our models comes from the results (the same pictures); here the real files are made and weighed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rfsq.codec.codec import Codec, compress
from rfsq.codec.other_formats import QUALITIES, FormatName, encode
from rfsq.codec.rate_distortion import RatePoint, RdMetric, measure
from rfsq.evidence.results import Results, ResultsError
from rfsq.machine.atomic import write_atomically
from rfsq.model.checkpoint import checkpoint_folder
from rfsq.photos.read import read_image

FORMAT = 1
METRICS: tuple[RdMetric, ...] = ("psnr_db", "ssim", "flip")


@dataclass(frozen=True)
class MeanPoint:
    """One stage count or one quality: means over the photos."""

    label: str
    size: float  # bytes
    psnr_db: float
    ssim: float
    flip: float

    def at(self, metric: RdMetric) -> RatePoint:
        return RatePoint(self.label, self.size, getattr(self, metric))


@dataclass(frozen=True)
class FileCurves:
    """A run over a folder of photos."""

    command: str
    folder: str
    folder_sha256: str
    images: int
    pixels_per_image: float
    files_of: Mapping[str, str]  # model -> "weights/tables" that the files were made with
    ours: Mapping[str, tuple[MeanPoint, ...]]  # with 1 … S stages
    other_formats: Mapping[str, tuple[MeanPoint, ...]]  # "rivals" in the file


def curves_file() -> Path:
    """Where the curves of the zoo are: beside its checkpoints."""
    return checkpoint_folder() / "file-curves.json"


def our_means(codec: Codec, results: Results, files: Sequence[Path]) -> tuple[MeanPoint, ...]:
    """Mean size of the files of all photos after 1 … S stages, with the quality that the results hold.

    Raises ResultsError if the model or one of its scores was not measured.
    """
    scores = results.models[codec.name].scores if codec.name in results.models else ()
    if len(scores) < codec.model.num_stages or any(
        getattr(one, metric) is None for one in scores for metric in METRICS
    ):
        raise ResultsError(f"{codec.name} lacks scores to put beside its files.")
    sizes = np.zeros(codec.model.num_stages)
    for file in tqdm(files, desc=f"{codec.name}: files", unit="image", dynamic_ncols=True):
        sizes += compress(codec, read_image(file)).sizes
    return tuple(
        MeanPoint(str(one.stages), float(size), *(getattr(one, metric) for metric in METRICS))
        for one, size in zip(scores, sizes / len(files), strict=True)
    )


def format_means(files: Sequence[Path], names: Sequence[FormatName]) -> dict[str, tuple[MeanPoint, ...]]:
    """Mean size and quality of these formats at each quality of QUALITIES."""
    found: dict[str, tuple[MeanPoint, ...]] = {}
    for codec in names:
        points = []
        for quality in tqdm(QUALITIES, desc=codec, unit="quality", dynamic_ncols=True):
            sums = np.zeros(1 + len(METRICS))
            for file in files:
                pixels = read_image(file)
                made = encode(pixels, codec, quality)
                sums += [made.size, *(measure(pixels, made.pixels, metric) for metric in METRICS)]
            if np.isfinite(sums).all():  # not where a photo came back unchanged, or is too small for a metric
                points.append(MeanPoint(f"quality {quality}", *map(float, sums / len(files))))
        found[codec] = tuple(points)
    return found


def write_curves(curves: FileCurves, path: Path) -> None:
    """Write the file atomically."""
    record = {"format": FORMAT} | asdict(curves)
    record["rivals"] = record.pop("other_formats")
    write_atomically(path, (json.dumps(record, indent=1, allow_nan=False) + "\n").encode())


def load_curves() -> FileCurves | None:
    """The curves beside the checkpoints, None if there are none. Raises ResultsError if they are damaged."""
    path = curves_file()
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.pop("format") != FORMAT:
            raise ResultsError(f"{path.name} is not of format {FORMAT}.")
        ours, other_formats = (
            {str(name): tuple(MeanPoint(**point) for point in points) for name, points in record.pop(key).items()}
            for key in ("ours", "rivals")
        )
        return FileCurves(**record, ours=ours, other_formats=other_formats)
    except ResultsError:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ResultsError(f"{path.name} is damaged ({error}).") from error
