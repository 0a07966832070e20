"""Scores of the pictures that the pages show, each measured once for all viewers; and why some are not measured."""

from __future__ import annotations

import math
from collections.abc import Hashable

import streamlit as st
import torch

from rfsq.app.shared.reconstructions import pictures_of, result_key
from rfsq.app.shared.store import store
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.evidence.comparison import Scores, score, slow_scores_reason
from rfsq.metrics import image as metrics
from rfsq.metrics.lpips import Lpips, LpipsNet, load_lpips, lpips_size_reason, lpips_status
from rfsq.photos.pixels import to_tensor

LPIPS_NET: LpipsNet = "squeeze"


def scores_key(working: WorkingPhoto, name: str, stages: int) -> Hashable:
    """Names the scores at k = `stages`. Raises CheckpointError."""
    return result_key(working, name, "scores", stages)


def known_scores(working: WorkingPhoto, name: str, stages: int) -> Scores | None:
    """The scores at k = `stages` if they were measured before."""
    found: Scores | None = store().peek(scores_key(working, name, stages))
    return found


def scores_of(working: WorkingPhoto, name: str, stages: int) -> Scores:
    """All scores but LPIPS at k = `stages`, with the error map; those that `perceptual_reason` leaves out are NaN."""
    pixels = pictures_of(working, name).reconstruction.stages[stages - 1].pixels
    perceptual = slow_scores_reason(*working.size) is None

    def measure() -> Scores:
        return score(working.pixels, pixels, perceptual=perceptual, image=working.image)

    def size(scores: Scores) -> int:
        return 256 + (0 if scores.flip_error is None else scores.flip_error.nbytes)

    return store().get(scores_key(working, name, stages), measure, size)


def perceptual_reason(working: WorkingPhoto) -> str | None:
    """Why SSIM or ꟻLIP are not measured for this picture; None when they are."""
    return slow_scores_reason(*working.size) or metrics.ssim_reason(*working.size)


def lpips_of(working: WorkingPhoto, name: str, stages: int) -> float:
    """LPIPS at k = `stages`; NaN where `lpips_reason` says why."""
    if lpips_reason(working) is not None:
        return math.nan
    pixels = pictures_of(working, name).reconstruction.stages[stages - 1].pixels

    def measure() -> float:
        with torch.inference_mode():
            pair = (image.to(working.device) for image in (working.image, to_tensor(pixels)))
            return float(_lpips(str(working.device))(*pair))

    return store().get(result_key(working, name, "lpips", stages), measure, lambda _: 256)


def lpips_reason(working: WorkingPhoto) -> str | None:
    """Why LPIPS is not measured, with the way to get it; None when it is."""
    status = lpips_status(LPIPS_NET)
    if not status.available:
        return f"{status.reason} Get them with: `{status.how_to_get}`"
    return lpips_size_reason(LPIPS_NET, *working.size)


@st.cache_resource(show_spinner=False)
def _lpips(device: str) -> Lpips:
    return load_lpips(LPIPS_NET).to(device)
