"""Files of photos, ours and of other formats, and their scores: each made once for all viewers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial

from rfsq.app.shared.loaded_models import codec_of
from rfsq.app.shared.measured_scores import st_lpips_network
from rfsq.app.shared.store import keep_in_turn, store
from rfsq.app.shared.turns import turns
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.codec.other_formats import FormatFile, FormatName, at_size, curve
from rfsq.codec.rate_distortion import (
    RatePoint,
    RdMetric,
    StageFile,
    distances,
    label_of_file,
    measure,
    stage_files,
)
from rfsq.metrics.learned import ST_LPIPS_SCORES

File = StageFile | FormatFile
_TOGETHER = 4  # pictures that a network looks at before the page may be asked for something else


def our_files(working: WorkingPhoto, name: str) -> list[StageFile]:
    """The photo's file with a model, cut after each stage. Raises CheckpointError, CodecError, EntropyError."""
    codec = codec_of(name, working.device)
    key = ("our files", working.key, name, codec.weights_sha256)
    return keep_in_turn(key, lambda: stage_files(codec, working.pixels), _bytes)


def format_curve(working: WorkingPhoto, codec: FormatName) -> list[FormatFile]:
    """The photo in another format over its qualities."""
    return keep_in_turn(
        ("format curve", working.key, codec), lambda: _between_others(curve(working.pixels, codec)), _bytes
    )


def format_at_size(working: WorkingPhoto, codec: FormatName, limit: int) -> FormatFile:
    """The photo in another format at the best quality of at most `limit` bytes, or its smallest file."""
    return keep_in_turn(
        ("format at size", working.key, codec, limit),
        lambda: at_size(working.pixels, codec, limit),
        lambda file: file.pixels.nbytes,
    )


def scored(working: WorkingPhoto, files: Sequence[File], metric: RdMetric) -> list[RatePoint]:
    """Size and score of each file."""
    measure_files(working, files, metric)
    found = [(file, _known(working, file, metric)) for file in files]
    return [RatePoint(label_of_file(file), file.size, score) for file, score in found if score is not None]


def measure_files(
    working: WorkingPhoto, files: Sequence[File], metric: RdMetric, say: Callable[[int], None] = lambda done: None
) -> None:
    """Measure files that are not known yet; `say` is called with the number of files that are done."""
    missing = [file for file in files if _known(working, file, metric) is None]
    for start in range(0, len(missing), _TOGETHER):
        say(len(files) - len(missing) + start)
        part = missing[start : start + _TOGETHER]
        if metric == "st_lpips" or metric == "st_lpips_vgg":
            network = st_lpips_network(str(working.device), ST_LPIPS_SCORES[metric])
            with turns().turn():
                scores = distances(working.pixels, [file.pixels for file in part], network)
        else:
            scores = [measure(working.pixels, file.pixels, metric) for file in part]
        for file, score in zip(part, scores, strict=True):
            store().get(_key(working, file, metric), partial(float, score), lambda _: 256)


def _between_others(files: Iterator[FormatFile]) -> list[FormatFile]:
    """All files; others come first between two of them."""
    made = []
    for file in files:
        made.append(file)
        turns().give_way()
    return made


def _known(working: WorkingPhoto, file: File, metric: RdMetric) -> float | None:
    found: float | None = store().peek(_key(working, file, metric))
    return found


def _key(working: WorkingPhoto, file: File, metric: RdMetric) -> Hashable:
    name = (
        (file.model, file.stages, file.size) if isinstance(file, StageFile) else (file.codec, file.quality, file.size)
    )
    return ("file score", working.key, name, metric)


def _bytes(files: Sequence[StageFile] | Sequence[FormatFile]) -> int:
    return sum(file.pixels.nbytes for file in files)
