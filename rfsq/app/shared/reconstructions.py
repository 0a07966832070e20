"""Photos through models: pictures of all stages, remainders and files, each computed once for all viewers."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial

import torch

from rfsq.app.shared.loaded_models import checkpoint_of, codec_of
from rfsq.app.shared.store import keep_pixels, store
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.codec.codec import compress
from rfsq.evidence.comparison import Reconstruction, empty_picture, run_method
from rfsq.metrics import image as metrics
from rfsq.photos.pixels import to_tensor


@dataclass(frozen=True, eq=False)
class Pictures:
    """A photo through one model, with the score that is quick to measure for every stage count."""

    reconstruction: Reconstruction
    psnr_db: tuple[float, ...]  # k = 1 … S

    @property
    def stages(self) -> int:
        return len(self.reconstruction.stages)


def result_key(working: WorkingPhoto, name: str, *what: Hashable) -> Hashable:
    """Names a result: other pixels, weights or another device give another key. Raises CheckpointError."""
    info = checkpoint_of(name, working.device).info
    return (*what, working.key, str(working.device), info.config.name, info.weights_sha256)


def has_pictures(working: WorkingPhoto, name: str) -> bool:
    return store().peek(result_key(working, name, "pictures")) is not None


def pictures_of(working: WorkingPhoto, name: str) -> Pictures:
    """The photo through a model: all stages from one encoding. Raises CheckpointError."""
    return store().get(result_key(working, name, "pictures"), partial(_compute, working, name), _picture_bytes)


def residual_rms_of(working: WorkingPhoto, name: str) -> tuple[float, ...]:
    """RMS before stage 1 and after each stage; not decoded, so grey lines cost little. Empty if continuous."""
    known: Pictures | None = store().peek(result_key(working, name, "pictures"))
    if known is not None:
        return known.reconstruction.residual_rms

    def compute() -> tuple[float, ...]:
        model = checkpoint_of(name, working.device).model
        if model.quantizer is None:
            return ()
        with torch.inference_mode():
            traces = model.quantize(model.encode(working.image.to(working.device))).stages
            return tuple(float(norm) for norm in [traces[0].rms_before, *(trace.rms_after for trace in traces)])

    return store().get(result_key(working, name, "residual"), compute, lambda norms: 64 * len(norms))


def file_of(working: WorkingPhoto, name: str, stages: int) -> bytes:
    """The .rfsq file of the photo through a model's first `stages` stages.

    Raises as `codec_of`, and BitstreamError for a picture beyond the limits of the format.
    """
    codec = codec_of(name, working.device)
    key = result_key(working, name, "file", stages, None if codec.tables is None else codec.tables.crc)
    return store().get(key, lambda: compress(codec, working.pixels, stages).data, len)


def _compute(working: WorkingPhoto, name: str) -> Pictures:
    checkpoint = checkpoint_of(name, working.device)
    empty = partial(empty_picture, checkpoint.model, *working.size, working.device)
    start = keep_pixels((checkpoint.info.weights_sha256, *working.size, str(working.device)), empty)
    result = run_method(name, checkpoint.model, working.pixels, working.device, start=start, image=working.image)
    with torch.inference_mode():
        psnr = [float(metrics.psnr_db(working.image, to_tensor(stage.pixels))) for stage in result.stages]
    return Pictures(result, tuple(psnr))


def _picture_bytes(pictures: Pictures) -> int:
    stages = pictures.reconstruction.stages
    return sum(s.pixels.nbytes + s.indices.nbytes for s in stages) + pictures.reconstruction.start.nbytes
