"""Scores of the pictures that the pages show, each measured once for all viewers; and why some are not measured."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from rfsq.app.shared.reconstructions import picture_of, result_key
from rfsq.app.shared.store import keep_in_turn, store
from rfsq.app.shared.turns import turns
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.evidence.comparison import Scores, score, slow_scores_reason
from rfsq.metrics import image as metrics, st_lpips
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
    """All scores but the learned ones at k = `stages`, with the error map; those that `perceptual_reason` leaves out are NaN."""
    pixels = picture_of(working, name, stages).pixels
    perceptual = slow_scores_reason(*working.size) is None

    def measure() -> Scores:
        scores = score(working.pixels, pixels, perceptual=perceptual, image=working.image)
        if scores.flip_error is not None:
            scores.flip_error.setflags(write=False)
        return scores

    def size(scores: Scores) -> int:
        return 256 + (0 if scores.flip_error is None else scores.flip_error.nbytes)

    return keep_in_turn(scores_key(working, name, stages), measure, size)


def perceptual_reason(working: WorkingPhoto) -> str | None:
    """Why SSIM or ꟻLIP are not measured for this picture; None when they are."""
    return slow_scores_reason(*working.size) or metrics.ssim_reason(*working.size)


@dataclass(frozen=True)
class LearnedScores:
    """Distances in the features of networks; NaN where they cannot be measured (`st_lpips_reason`, `lpips_reason`)."""

    st_lpips: float
    lpips: float


def known_learned(working: WorkingPhoto, name: str, stages: int) -> LearnedScores | None:
    """The learned scores at k = `stages` if they were measured before."""
    found: LearnedScores | None = store().peek(result_key(working, name, "learned", stages))
    return found


def learned_scores_of(working: WorkingPhoto, name: str, stages: int) -> LearnedScores:
    """ST-LPIPS and LPIPS at k = `stages`."""
    prepare_learned_scores(working, [(name, stages)])
    found = known_learned(working, name, stages)
    assert found is not None, "the newest entry of the store stays"
    return found


def prepare_learned_scores(working: WorkingPhoto, panels: Sequence[tuple[str, int]]) -> None:
    """Measure ST-LPIPS and LPIPS of several pictures, by model and stage count: together, which takes less time."""
    panels = [panel for panel in dict.fromkeys(panels) if known_learned(working, *panel) is None]
    if not panels:
        return
    pictures = {(name, k): picture_of(working, name, k).pixels for name, k in panels}
    with turns().turn():
        panels = [panel for panel in panels if known_learned(working, *panel) is None]
        if panels:
            _measure_together(working, panels, [pictures[panel] for panel in panels])


def _measure_together(working: WorkingPhoto, panels: Sequence[tuple[str, int]], pictures: Sequence[np.ndarray]) -> None:
    """The learned scores of these pictures, (H, W, 3) uint8, in one batch."""
    images = torch.cat([to_tensor(pixels) for pixels in pictures]).to(working.device)
    original, missing = working.image.to(working.device), [math.nan] * len(panels)
    with torch.inference_mode():
        shifted = (
            missing if st_lpips_reason(working) else st_lpips_network(str(working.device))(original, images).tolist()
        )
        lpips = missing
        if not lpips_reason(working):
            lpips = [float(_lpips(str(working.device))(original, image[None])) for image in images]
    for (name, k), *values in zip(panels, shifted, lpips, strict=True):
        found = LearnedScores(*values)
        store().get(result_key(working, name, "learned", k), lambda found=found: found, lambda _: 256)  # type: ignore[misc]


def st_lpips_reason(working: WorkingPhoto) -> str | None:
    """Why ST-LPIPS is not measured; None when it is."""
    return st_lpips.st_lpips_missing() or slow_scores_reason(*working.size) or st_lpips.st_lpips_reason(*working.size)


def lpips_reason(working: WorkingPhoto) -> str | None:
    """Why LPIPS is not measured, with the way to get it; None when it is."""
    status = lpips_status(LPIPS_NET)
    if not status.available:
        return f"{status.reason} Get them with: `{status.how_to_get}`"
    return lpips_size_reason(LPIPS_NET, *working.size)


@st.cache_resource(show_spinner=False)
def st_lpips_network(device: str, net: st_lpips.StLpipsNet = "alex") -> st_lpips.StLpips:
    """One network of ST-LPIPS, loaded once for all viewers. Raises StLpipsUnavailable."""
    return st_lpips.load_st_lpips(net).to(device)


@st.cache_resource(show_spinner=False)
def _lpips(device: str) -> Lpips:
    return load_lpips(LPIPS_NET).to(device)
