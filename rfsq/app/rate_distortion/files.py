"""Files that the pages have made, computed once per photo and shared by all viewers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
import torch

from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.shared.cache import codec_of
from rfsq.app.shared.photo import WorkingPhoto
from rfsq.codec.other_formats import RivalFile, RivalName, at_size, curve
from rfsq.codec.rate_distortion import RatePoint, RdMetric, StageFile, rate_point, stage_files

FILE_BYTES = 600_000_000  # decoded pictures of all viewers together


@st.cache_resource(show_spinner=False)
def _files() -> BoundedCache:
    return BoundedCache(FILE_BYTES)


def our_files(working: WorkingPhoto, name: str) -> list[StageFile]:
    """The photo's file with a model, cut after each stage. Raises CheckpointError, CodecError, EntropyError."""
    codec = codec_of(name, torch.device("cpu"))
    key = ("ours", working.key, name, codec.weights_sha256)
    return _files().get(key, lambda: stage_files(codec, working.pixels), _bytes)


def rival_curve(working: WorkingPhoto, codec: RivalName) -> list[RivalFile]:
    """The photo in another format over its qualities."""
    return _files().get(("curve", working.key, codec), lambda: list(curve(working.pixels, codec)), _bytes)


def rival_at_size(working: WorkingPhoto, codec: RivalName, limit: int) -> RivalFile:
    """The photo in another format at the best quality of at most `limit` bytes, or its smallest file."""
    return _files().get(
        ("size", working.key, codec, limit),
        lambda: at_size(working.pixels, codec, limit),
        lambda file: file.pixels.nbytes,
    )


def scored(working: WorkingPhoto, files: Sequence[StageFile | RivalFile], metric: RdMetric) -> list[RatePoint]:
    """Size and score of each file."""
    return [
        _files().get(
            ("score", working.key, _name(file), metric),
            partial(rate_point, working.pixels, file, metric),
            lambda _: 256,
        )
        for file in files
    ]


def _name(file: StageFile | RivalFile) -> tuple[str, int, int]:
    return (
        (file.model, file.stages, file.size) if isinstance(file, StageFile) else (file.codec, file.quality, file.size)
    )


def _bytes(files: Sequence[StageFile] | Sequence[RivalFile]) -> int:
    return sum(file.pixels.nbytes for file in files)
