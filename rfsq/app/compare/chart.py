"""The chart of the Compare page: what each stage leaves over, how strong the signal is that it rounds, or the pictures' scores."""

from __future__ import annotations

import math
from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.compare.own_words import signal_note, stage_notes
from rfsq.app.compare.session import CHART
from rfsq.app.compare.settings import CHARTS
from rfsq.app.compare.view import View
from rfsq.app.compare.words import chart_title, price_of, reading, scores_title, signal_reading, signal_title
from rfsq.app.shared.chart import draw_chart
from rfsq.app.shared.measured_scores import known_learned, st_lpips_reason
from rfsq.app.shared.own_models import config_of
from rfsq.app.shared.reconstructions import coded_photo
from rfsq.figures import ResidualCurve, SignalCurve, residual_norms, stage_signals
from rfsq.figures.picture_scores import PictureScore, picture_scores
from rfsq.style.palette import Theme

CAPTION = "Lower is less left to code."
OWN_LATENTS = "Each model codes its own latents, so a lower line need not be a better picture."
NO_LEVELS = "None of these has levels, so there is no spacing to measure a signal by."
HELP = (
    "Left over: RMS of what is not coded yet, of the latents. Raw RMS: the same in each model's own scale. Signal ÷ spacing: "
    "RMS of what a stage rounds, after conditioning, by the distance between its levels. Scores: PSNR and ST-LPIPS of each "
    "picture."
)
ONE_PHOTO = "The scores are of this photo alone: on another the order may differ."
ALTS = {"signal": "Signal by level spacing, by stage", "scores": "PSNR and ST-LPIPS of each picture"}


def show_chart(view: View) -> None:
    """Draw the chart and its switch."""
    figure, notes = _chart(view)
    if figure is not None:
        draw_chart(figure, key="residual", alt=ALTS.get(view.settings.chart, "Residual norms by stage"))
    if view.choice.behind and figure is not None and view.settings.chart != "scores":
        notes.append("Thin grey lines: the strategies not shown.")
    st.caption(" ".join(notes))
    st.segmented_control(
        "Chart",
        list(CHARTS),
        format_func=CHARTS.__getitem__,
        key=CHART,
        persist_state="session",
        required=True,
        help=HELP,
        label_visibility="collapsed",
    )


def chart_figure(view: View) -> go.Figure | None:
    """The chart that the page shows, kept for all viewers: never change it. None where there is nothing to chart."""
    return _chart(view)[0]


def _chart(view: View) -> tuple[go.Figure | None, list[str]]:
    if view.settings.chart == "scores":
        return _scores(view)
    return _signals(view) if view.settings.chart == "signal" else _residuals(view)


def _residuals(view: View) -> tuple[go.Figure | None, list[str]]:
    curves = []
    for name in (*view.choice.shown, *view.choice.behind):
        coded, config = coded_photo(view.working, name), config_of(name)
        if not coded.residual_rms:
            continue
        last = coded.stages[-1].rate
        levels = math.prod(config.levels) ** (1 / len(config.levels)) if config.levels else None
        bits = last.bits_per_token if last else None
        curves.append(ResidualCurve(name, coded.residual_rms, name in view.choice.shown, levels, bits))
    if not curves:
        return None, ["An unquantized model leaves no remainder: there is nothing to chart."]
    figure = residual_figure(tuple(curves), view.stages, view.settings.chart != "raw", view.theme, chart_title(view))
    notes = [reading(view), CAPTION, *([] if view.settings.preset == "network" else [OWN_LATENTS])]
    return figure, [*notes, *stage_notes(view)]


def _signals(view: View) -> tuple[go.Figure | None, list[str]]:
    curves = []
    for name in (*view.choice.shown, *view.choice.behind):
        signals = [stage.signal for stage in coded_photo(view.working, name).stages]
        known = tuple(max(signal, 1e-6) for signal in signals if signal is not None)
        if len(known) == len(signals):
            most = (max(config_of(name).levels or (2,)) - 1) / 2  # LFQ's two codes
            curves.append(SignalCurve(name, known, most, name in view.choice.shown))
    if not curves:
        return None, [NO_LEVELS]
    figure = signal_figure(tuple(curves), view.stages, view.theme, signal_title(view))
    return figure, [signal_reading(view), *filter(None, [signal_note(view)])]


def _scores(view: View) -> tuple[go.Figure | None, list[str]]:
    reason = st_lpips_reason(view.working)
    pictures = []
    for name, k in view.panels:
        learned, price = known_learned(view.working, name, k), price_of(view, name, k)
        label = f"{k} of {view.pictures[name].stages}" if view.choice.spread else view.short_label(name)
        distance = None if learned is None or reason else learned.st_lpips
        pictures.append(PictureScore(name, label, view.psnr_db(name, k), distance, price))
    figure = scores_figure(tuple(pictures), reason is None, view.theme, scores_title(view, pictures))
    return figure, [reading(view), ONE_PHOTO, *([f"ST-LPIPS: {reason}"] if reason else [])]


# Building a figure takes longer than all else of a run whose pictures are known, so the last ones are kept. Never change one.


@lru_cache(maxsize=64)
def residual_figure(
    curves: tuple[ResidualCurve, ...], stage: int, relative: bool, theme: Theme, title: str | None
) -> go.Figure:
    """The chart of what is left."""
    return residual_norms(curves, stage=stage, relative=relative, theme=theme, title=title)


@lru_cache(maxsize=64)
def signal_figure(curves: tuple[SignalCurve, ...], stage: int, theme: Theme, title: str | None) -> go.Figure:
    """The chart of how strong the signals are."""
    return stage_signals(curves, stage=stage, theme=theme, title=title)


@lru_cache(maxsize=64)
def scores_figure(pictures: tuple[PictureScore, ...], perceptual: bool, theme: Theme, title: str) -> go.Figure:
    """The chart of the pictures' scores."""
    return picture_scores(pictures, title=title, perceptual=perceptual, theme=theme)
