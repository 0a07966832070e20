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
from rfsq.model.checkpoint import Checkpoint
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
        checkpoint = checkpoint_of(name, working.device)
        model = checkpoint.model
        if model.quantizer is None:
            return ()
        with torch.inference_mode():
            latents = _latents(working, checkpoint)
            latents = model.encode(working.image.to(working.device)) if latents is None else latents
            traces = model.quantize(latents).stages
            return tuple(float(norm) for norm in [traces[0].rms_before, *(trace.rms_after for trace in traces)])

    return store().get(result_key(working, name, "residual"), compute, lambda norms: 64 * len(norms))


def known_file_bytes(working: WorkingPhoto, name: str, stages: int) -> int | None:
    """The size of that file, if it was made before."""
    found: int | None = store().peek(result_key(working, name, "bytes", stages))
    return found


def file_bytes_of(working: WorkingPhoto, name: str, stages: int) -> int:
    """The size of the .rfsq file; raises as `file_of`."""
    make = partial(file_of, working, name, stages)
    return store().get(result_key(working, name, "bytes", stages), lambda: len(make()), lambda _: 64)


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
    result = run_method(
        name,
        checkpoint.model,
        working.pixels,
        working.device,
        start=start,
        image=working.image,
        latents=_latents(working, checkpoint),
    )
    with torch.inference_mode():
        psnr = [float(metrics.psnr_db(working.image, to_tensor(stage.pixels))) for stage in result.stages]
    return Pictures(result, tuple(psnr))


def _latents(working: WorkingPhoto, checkpoint: Checkpoint) -> torch.Tensor | None:
    """The latents of a fitted stack, whose network encodes the photo once for all stacks around it; None for others."""
    if not checkpoint.model.config.fitted:
        return None
    network = str(checkpoint.info.training["fitted_to"])

    def encode() -> torch.Tensor:
        with torch.inference_mode():
            return checkpoint_of(network, working.device).model.encode(working.image.to(working.device))

    latents = store().get(result_key(working, network, "latents"), encode, lambda found: found.nbytes)
    with torch.inference_mode():
        return checkpoint.model.standardize(latents)


def _picture_bytes(pictures: Pictures) -> int:
    stages = pictures.reconstruction.stages
    return sum(s.pixels.nbytes + s.indices.nbytes for s in stages) + pictures.reconstruction.start.nbytes
