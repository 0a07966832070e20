"""Files of photos, ours and of other formats, and their scores: each made once for all viewers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rfsq.app.shared.loaded_models import codec_of
from rfsq.app.shared.store import store
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.codec.other_formats import FormatFile, FormatName, at_size, curve
from rfsq.codec.rate_distortion import RatePoint, RdMetric, StageFile, rate_point, stage_files


def our_files(working: WorkingPhoto, name: str) -> list[StageFile]:
    """The photo's file with a model, cut after each stage. Raises CheckpointError, CodecError, EntropyError."""
    codec = codec_of(name, working.device)
    key = ("our files", working.key, name, codec.weights_sha256)
    return store().get(key, lambda: stage_files(codec, working.pixels), _bytes)


def format_curve(working: WorkingPhoto, codec: FormatName) -> list[FormatFile]:
    """The photo in another format over its qualities."""
    return store().get(("format curve", working.key, codec), lambda: list(curve(working.pixels, codec)), _bytes)


def format_at_size(working: WorkingPhoto, codec: FormatName, limit: int) -> FormatFile:
    """The photo in another format at the best quality of at most `limit` bytes, or its smallest file."""
    return store().get(
        ("format at size", working.key, codec, limit),
        lambda: at_size(working.pixels, codec, limit),
        lambda file: file.pixels.nbytes,
    )


def scored(working: WorkingPhoto, files: Sequence[StageFile | FormatFile], metric: RdMetric) -> list[RatePoint]:
    """Size and score of each file."""
    return [
        store().get(
            ("file score", working.key, _name(file), metric),
            partial(rate_point, working.pixels, file, metric),
            lambda _: 256,
        )
        for file in files
    ]


def _name(file: StageFile | FormatFile) -> tuple[str, int, int]:
    return (
        (file.model, file.stages, file.size) if isinstance(file, StageFile) else (file.codec, file.quality, file.size)
    )


def _bytes(files: Sequence[StageFile] | Sequence[FormatFile]) -> int:
    return sum(file.pixels.nbytes for file in files)
