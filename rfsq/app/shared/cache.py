"""What the page has computed: models once per process, pictures and scores once per photo, model and device.

Models are shared by all viewers and never changed. Inference mode belongs to a thread, so every call enters it; there
is no lock around inference, because the models hold no state between calls and nothing random is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
import torch

from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.shared.own_models import on_device, own_checkpoint
from rfsq.codec.codec import Codec, compress
from rfsq.codec.entropy.tables import Tables, load_tables, tables_path
from rfsq.evidence.comparison import Reconstruction, Scores, empty_picture, run_method, score, slow_scores_reason
from rfsq.metrics import image as metrics
from rfsq.metrics.lpips import Lpips, LpipsNet, load_lpips, lpips_size_reason, lpips_status
from rfsq.model.checkpoint import Checkpoint, load_checkpoint, zoo_checkpoint
from rfsq.photos.pixels import to_tensor

PICTURE_BYTES = 1_500_000_000  # pictures of all viewers together; four methods at 256² take 4 MB a photo
LPIPS_NET: LpipsNet = "squeeze"


@dataclass(frozen=True, eq=False)
class Work:
    """A photo at its working size, and where to compute."""

    key: str  # names the pixels: digest of the photo and the size
    pixels: np.ndarray  # (H, W, 3) uint8
    device: torch.device


@dataclass(frozen=True, eq=False)
class Pictures:
    """A photo through one model, with the score that is quick to measure for every stage count."""

    reconstruction: Reconstruction
    psnr_db: tuple[float, ...]  # k = 1 … S

    @property
    def stages(self) -> int:
        return len(self.reconstruction.stages)


@st.cache_resource(show_spinner=False, max_entries=64)
def _checkpoint(name: str, device: str, modified_ns: int) -> Checkpoint:
    checkpoint = load_checkpoint(zoo_checkpoint(name))
    checkpoint.model.to(device)
    return checkpoint


def checkpoint_of(name: str, device: torch.device) -> Checkpoint:
    """A model on a device: this session's own, or the zoo's, which is loaded once and again only when its file has changed.

    Raises CheckpointError.
    """
    if (own := own_checkpoint(name)) is not None:
        return on_device(own, device)
    return _checkpoint(name, str(device), _modified_ns(zoo_checkpoint(name)))


@st.cache_resource(show_spinner=False, max_entries=64)
def _tables(path: Path, _codec: Codec, weights_sha256: str, modified_ns: int) -> Tables | None:
    return load_tables(path, _codec.layout, weights_sha256)


def codec_of(name: str, device: torch.device) -> Codec:
    """A zoo model as a codec, with the tables beside its weights, if any; loaded once, as `checkpoint_of` does.

    Raises CheckpointError, CodecError for a continuous model, EntropyError for tables that do not fit.
    """
    checkpoint = checkpoint_of(name, device)
    digest = checkpoint.info.weights_sha256
    codec = Codec(checkpoint.model, digest, None)
    path = tables_path(zoo_checkpoint(name))
    return replace(codec, tables=_tables(path, codec, digest, _modified_ns(path)))


def _modified_ns(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


@st.cache_resource(show_spinner=False)
def _results() -> BoundedCache:
    return BoundedCache(PICTURE_BYTES)


def remember(key: Hashable, pixels: partial[np.ndarray]) -> np.ndarray:
    """Pixels that are computed once; read-only."""

    def frozen() -> np.ndarray:
        array = pixels()
        array.setflags(write=False)
        return array

    return _results().get(("pixels", key), frozen, lambda array: array.nbytes)


def pictures_of(work: Work, name: str) -> Pictures:
    """The photo through a model: all stages from one encoding. Raises CheckpointError."""
    checkpoint = checkpoint_of(name, work.device)

    def compute() -> Pictures:
        height, width = work.pixels.shape[:2]
        empty = partial(empty_picture, checkpoint.model, height, width, work.device)
        start = remember((checkpoint.info.weights_sha256, height, width, str(work.device)), empty)
        result = run_method(name, checkpoint.model, work.pixels, work.device, start=start)
        with torch.inference_mode():
            original = to_tensor(work.pixels)
            psnr = [float(metrics.psnr_db(original, to_tensor(stage.pixels))) for stage in result.stages]
        return Pictures(result, tuple(psnr))

    return _results().get(_key(work, checkpoint, "pictures"), compute, _picture_bytes)


def file_of(work: Work, name: str, stages: int) -> bytes:
    """The .rfsq file of the photo through a model's first `stages` stages.

    Raises as `codec_of`, and BitstreamError for a picture beyond the limits of the format.
    """
    codec = codec_of(name, work.device)
    tables = None if codec.tables is None else codec.tables.crc
    key = _key(work, checkpoint_of(name, work.device), "file", stages, tables)
    return _results().get(key, lambda: compress(codec, work.pixels, stages).data, len)


def has_pictures(work: Work, name: str) -> bool:
    return _results().peek(_key(work, checkpoint_of(name, work.device), "pictures")) is not None


def residual_rms_of(work: Work, name: str) -> tuple[float, ...]:
    """RMS before stage 1 and after each stage; not decoded, so grey lines cost little. Empty if continuous."""
    checkpoint = checkpoint_of(name, work.device)
    known: Pictures | None = _results().peek(_key(work, checkpoint, "pictures"))
    if known is not None:
        return known.reconstruction.residual_rms

    def compute() -> tuple[float, ...]:
        model = checkpoint.model
        if model.quantizer is None:
            return ()
        with torch.inference_mode():
            traces = model.quantize(model.encode(to_tensor(work.pixels).to(work.device))).stages
            return tuple(float(norm) for norm in [traces[0].rms_before, *(trace.rms_after for trace in traces)])

    return _results().get(_key(work, checkpoint, "residual"), compute, lambda norms: 64 * len(norms))


def scores_key(work: Work, name: str, stages: int) -> Hashable:
    """Names the scores at k = `stages`: other pixels, weights or another device give another key."""
    return _key(work, checkpoint_of(name, work.device), "scores", stages)


def known_scores(work: Work, name: str, stages: int) -> Scores | None:
    """The scores at k = `stages` if they were measured before."""
    found: Scores | None = _results().peek(scores_key(work, name, stages))
    return found


def scores_of(work: Work, name: str, stages: int) -> Scores:
    """All scores but LPIPS at k = `stages`, with the error map; those that `perceptual_reason` leaves out are NaN."""
    pixels = pictures_of(work, name).reconstruction.stages[stages - 1].pixels
    key = scores_key(work, name, stages)
    perceptual = slow_scores_reason(*work.pixels.shape[:2]) is None

    def size(scores: Scores) -> int:
        return 256 + (0 if scores.flip_error is None else scores.flip_error.nbytes)

    return _results().get(key, lambda: score(work.pixels, pixels, perceptual=perceptual), size)


def perceptual_reason(work: Work) -> str | None:
    """Why SSIM or ꟻLIP are not measured for this picture; None when they are."""
    size = work.pixels.shape[:2]
    return slow_scores_reason(*size) or metrics.ssim_reason(*size)


@st.cache_resource(show_spinner=False)
def _lpips(device: str) -> Lpips:
    return load_lpips(LPIPS_NET).to(device)


def lpips_reason(work: Work) -> str | None:
    """Why LPIPS is not measured, with the way to get it; None when it is."""
    status = lpips_status(LPIPS_NET)
    if not status.available:
        return f"{status.reason} Get them with: `{status.how_to_get}`"
    return lpips_size_reason(LPIPS_NET, *work.pixels.shape[:2])


def lpips_of(work: Work, name: str, stages: int) -> float:
    """LPIPS at k = `stages`; NaN where `lpips_reason` says why."""
    if lpips_reason(work) is not None:
        return math.nan
    pixels = pictures_of(work, name).reconstruction.stages[stages - 1].pixels

    def compute() -> float:
        with torch.inference_mode():
            pair = (to_tensor(picture).to(work.device) for picture in (work.pixels, pixels))
            return float(_lpips(str(work.device))(*pair))

    key = _key(work, checkpoint_of(name, work.device), "lpips", stages)
    return _results().get(key, compute, lambda _: 256)


def _key(work: Work, checkpoint: Checkpoint, *what: Hashable) -> Hashable:
    return (*what, work.key, str(work.device), checkpoint.info.config.name, checkpoint.info.weights_sha256)


def _picture_bytes(pictures: Pictures) -> int:
    stages = pictures.reconstruction.stages
    return sum(s.pixels.nbytes + s.indices.nbytes for s in stages) + pictures.reconstruction.start.nbytes
