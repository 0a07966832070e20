"""The table of scores below the pictures, with what must be said about its numbers."""

from __future__ import annotations

import streamlit as st

from rfsq.app.compare.scores import ScoredPicture, score_table, scored_picture
from rfsq.app.compare.timing import known_bytes, measured_scores, scored_panels
from rfsq.app.compare.view import View
from rfsq.app.shared.measured_scores import lpips_of, lpips_reason, perceptual_reason
from rfsq.app.shared.own_models import any_own
from rfsq.app.shared.reconstructions import pictures_of
from rfsq.model.zoo import STAGE_DROPOUT

DECODER_CAPTION = "Scores with fewer than all stages come from a decoder that was trained on all stages."


def show_scores(view: View) -> None:
    """Draw the table and its notes."""
    labels = {name: view.label(name) for name in view.choice.shown}
    table = score_table(_scored_pictures(view), labels=labels, ceiling=view.choice.ceiling)
    st.html(table.html(view.theme, kind="stacks"))
    st.caption(" ".join(_notes(view)))


def _scored_pictures(view: View) -> list[ScoredPicture]:
    found = []
    for name, k in scored_panels(view):
        scores = measured_scores(view, name, k)
        pictures = view.pictures.get(name)
        if pictures is None and scores is None:
            continue  # the ceiling is computed after the pictures are on screen
        pictures = pictures or pictures_of(view.working, name)
        lpips = None if scores is None else lpips_of(view.working, name, k)
        found.append(
            scored_picture(
                pictures.reconstruction, k, pictures.psnr_db[k - 1], scores, lpips, known_bytes(view, name, k)
            )
        )
    return found


def _notes(view: View) -> list[str]:
    notes = ["↑ higher is better, ↓ lower is better."]
    if any(k < view.pictures[name].stages and name not in STAGE_DROPOUT for name, k in view.panels):
        notes.append(DECODER_CAPTION)
    if any(view.pictures[name].stages == 1 for name in view.choice.shown) and view.choice.stages > 1:
        notes.append("Methods with 1 stage ignore the stage count.")
    if view.choice.ceiling:
        notes.append("The ceiling is a network of this size trained without rounding; others may pass it by a little.")
    if view.photo.credit:
        notes.append(f"Photo: {view.photo.credit}.")
    if view.photo.note:
        notes.append(view.photo.note)
    if reason := perceptual_reason(view.working):
        notes.append(f"SSIM and ꟻLIP: {reason}")
    if reason := lpips_reason(view.working):
        notes.append(f"LPIPS: {reason}")
    if any_own(view.choice.shown):
        notes.append(
            "Your own model: a small network, trained for a moment on a few photos; no evidence about quantizers. "
            "Its pictures have no .rfsq file, which nobody else could decode."
        )
    return notes
