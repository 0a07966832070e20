"""The residual chart of the Compare page: what each stage leaves over."""

from __future__ import annotations

import math

import streamlit as st

from rfsq.app.compare.session import RAW
from rfsq.app.compare.view import View
from rfsq.app.compare.words import chart_title, reading
from rfsq.app.shared.own_models import config_of
from rfsq.app.shared.reconstructions import residual_rms_of
from rfsq.figures import ResidualCurve, residual_norms

CAPTION = "Lower is less left to code."
BOUNDED = "geometric rounds bounded latents, and its line is of those."
OWN_LATENTS = "Each model codes its own latents, so a lower line need not be a better picture."


def show_chart(view: View) -> None:
    """Draw the chart and its switch."""
    curves = _curves(view)
    if not curves:
        st.caption("An unquantized model leaves no remainder: there is nothing to chart.")
        return
    figure = residual_norms(
        curves, stage=view.stages, relative=not view.settings.raw, theme=view.theme, title=chart_title(view)
    )
    st.plotly_chart(figure, theme=None, key="residual", config={"displayModeBar": False}, alt="Residual norms by stage")
    notes = [reading(view), CAPTION]
    if view.settings.preset != "network":
        notes.append(OWN_LATENTS)
    elif any(config_of(name).conditioning == "geometric" for name in view.choice.shown):
        notes.append(BOUNDED)
    if view.choice.behind:
        notes.append("Thin grey lines: the strategies not shown.")
    st.caption(" ".join(notes))
    st.toggle(
        "Raw RMS",
        key=RAW,
        persist_state="session",
        help="Each model has its own latent scale, so raw values of two do not compare.",
    )


def _curves(view: View) -> list[ResidualCurve]:
    curves = []
    for name in (*view.choice.shown, *view.choice.behind):
        if rms := residual_rms_of(view.working, name):
            config, pictures = config_of(name), view.pictures.get(name)
            last = pictures.reconstruction.stages[-1].rate if pictures else None
            levels = math.prod(config.levels) ** (1 / len(config.levels)) if config.levels else None
            bits = last.bits_per_token if last else None
            curves.append(ResidualCurve(name, rms, name in view.choice.shown, levels, bits))
    return curves
