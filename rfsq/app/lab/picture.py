"""What the Lab's stack makes of the photo: its two channels rounded, the others as they are, and decoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from rfsq.app.lab.runs import PhotoLatents, Samples, channels_of, chosen_stack
from rfsq.app.lab.settings import LabSettings
from rfsq.app.shared.reconstructions import network_latents
from rfsq.app.shared.store import store
from rfsq.metrics.image import psnr_db
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.quantizers import Residual
from rfsq.style.wording import format_db, listed

_TOKENS = 80  # decoded in each direction, at most


@dataclass(frozen=True, eq=False)
class Decoded:
    """What the decoder makes of a part of the photo, and its score."""

    original: np.ndarray  # (H, W, 3) uint8
    pixels: np.ndarray  # as large
    psnr_db: float


def show_pictures(settings: LabSettings, fit: Samples, shown: Samples, photo: PhotoLatents) -> None:
    """Draw the photo, and what is left of it after the stages up to the one in the plane."""
    found, limit = decoded(settings, fit, shown, photo), unrounded(photo)
    of = f"{settings.stage} of {settings.stages}" if settings.stages > 1 else "the one"
    rounded = f"Channels {settings.channels[0] + 1} and {settings.channels[1] + 1} after {of} stages: "
    with st.container(key="lab-pictures", horizontal=True):
        height, width = found.original.shape[:2]
        whole = (height, width) == photo.photo.size
        name = "The photo" if whole else f"The photo, its middle {width} × {height} pixels"
        st.image(found.original, caption=name, alt=name, width="stretch", output_format="PNG")
        st.image(
            found.pixels,
            caption=f"{rounded}PSNR {format_db(found.psnr_db)}",
            alt="What the decoder makes of the rounded channels",
            width="stretch",
            output_format="PNG",
        )
    others = [str(n + 1) for n in range(channels_of(photo.model)) if n not in settings.channels]
    st.caption(
        f"Only the two channels of the plane go through this stack; {listed(others)} stay as the encoder gave them. "
        f"Without any rounding the decoder of `{photo.model}` reaches PSNR {format_db(limit.psnr_db)}."
    )


def decoded(settings: LabSettings, fit: Samples, shown: Samples, photo: PhotoLatents) -> Decoded:
    """The photo with two channels of its latents through the stages up to the one in the plane. Raises CheckpointError."""
    name, quantizer = chosen_stack(settings, fit)

    def compute() -> Decoded:
        latents = network_latents(photo.photo, photo.model)
        return _decoded(photo, round_pair(latents, quantizer, settings.channels, shown.scaled_by, settings.stage))

    key = ("lab picture", name, shown.key, settings.stage)
    return store().get(key, compute, lambda found: found.pixels.nbytes)


def unrounded(photo: PhotoLatents) -> Decoded:
    """What the decoder makes of the latents as they are. Raises CheckpointError."""
    key = ("lab picture", "unrounded", photo.photo.key, photo.model)
    return store().get(
        key, lambda: _decoded(photo, network_latents(photo.photo, photo.model)), lambda found: found.pixels.nbytes
    )


def round_pair(latents: Tensor, quantizer: Residual, channels: tuple[int, int], gain: float, stages: int) -> Tensor:
    """Latents (1, D, h, w) with two channels rounded by the first `stages` of a stack for two, which takes them times
    `gain`."""
    with torch.inference_mode():
        steps = list(quantizer.steps(latents[:, list(channels)] * gain))
        mixed = latents.clone()
        mixed[:, list(channels)] = quantizer.restore(steps[stages - 1].total) / gain
    return mixed


def window(height: int, width: int, stride: int) -> tuple[slice, slice]:
    """Rows and columns of the tokens that are decoded: all, or the middle ones of a large photo, so that nobody waits."""
    counts = (-(-height // stride), -(-width // stride))
    starts = [max(0, (count - _TOKENS) // 2) for count in counts]
    rows, columns = (slice(start, min(count, start + _TOKENS)) for start, count in zip(starts, counts, strict=True))
    return rows, columns


def _decoded(photo: PhotoLatents, latents: Tensor) -> Decoded:
    """The window of the photo, from latents of all of it."""
    model = photo.photo.checkpoint(photo.model).model
    rows, columns = window(*photo.photo.size, model.stride)
    original = _part(photo, model.stride)
    with torch.inference_mode():
        pixels = to_pixels(model.decode(latents[:, :, rows, columns], *original.shape[:2]))
        return Decoded(original, pixels, float(psnr_db(to_tensor(original), to_tensor(pixels))))


def _part(photo: PhotoLatents, stride: int) -> np.ndarray:
    rows, columns = (slice(part.start * stride, part.stop * stride) for part in window(*photo.photo.size, stride))
    return photo.photo.pixels[rows, columns]
