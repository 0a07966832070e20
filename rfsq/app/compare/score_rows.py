"""The table of scores below the pictures, with what must be said about its numbers."""

from __future__ import annotations

import streamlit as st

from rfsq.app.compare.files import known_bytes
from rfsq.app.compare.needs import measured_scores, scored_panels
from rfsq.app.compare.own_words import fit_notes, stage_notes
from rfsq.app.compare.rest import Rest
from rfsq.app.compare.scores import ScoredPicture, score_table, scored_picture
from rfsq.app.compare.view import View
from rfsq.app.compare.words import FITTED
from rfsq.app.shared.measured_scores import known_learned, lpips_reason, perceptual_reason, st_lpips_reason
from rfsq.app.shared.own_models import any_own
from rfsq.app.shared.reconstructions import coded_photo, picture_of
from rfsq.model.zoo import STAGE_DROPOUT

DECODER_CAPTION = "Scores with fewer than all stages come from a decoder that was trained on all stages."


def show_scores(view: View, rest: Rest) -> None:
    """Draw the table and its notes."""
    labels = {name: view.label(name) for name in view.choice.shown}
    table = score_table(_scored_pictures(view), labels=labels, ceiling=view.choice.ceiling, waiting=rest.missing)
    st.html(table.html(view.theme, kind="stacks"))
    st.caption(" ".join(_notes(view)))
    if rest.problem:
        st.warning(rest.problem)


def _scored_pictures(view: View) -> list[ScoredPicture]:
    found = []
    for name, k in scored_panels(view):
        scores = measured_scores(view, name, k)
        if name not in view.pictures and scores is None:
            continue  # the ceiling is computed after the pictures are on screen
        coded, psnr_db = coded_photo(view.working, name), picture_of(view.working, name, k).psnr_db
        learned, size = known_learned(view.working, name, k), known_bytes(view.working, name, k)
        found.append(scored_picture(coded, k, psnr_db, scores, learned, size))
    return found


def _notes(view: View) -> list[str]:
    notes = ["↑ higher is better, ↓ lower is better."]
    if view.settings.preset == "network":
        notes += fit_notes(view) or [FITTED]
    notes += stage_notes(view)
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
    if reason := st_lpips_reason(view.working):
        notes.append(f"ST-LPIPS: {reason}")
    if reason := lpips_reason(view.working):
        notes.append(f"LPIPS: {reason}")
    if any_own(view.choice.shown):
        notes.append(
            "Your own model: a small network, trained for a moment on a few photos; no evidence about quantizers. "
            "Its pictures have no .rfsq file, which nobody else could decode."
        )
    return notes
