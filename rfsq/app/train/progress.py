"""What a run makes of the photo, and its curves beside those of the run before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from rfsq.app.shared.chart import draw_chart
from rfsq.app.shared.photo_strip import example_names
from rfsq.app.shared.talk_view import talking
from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.app.train.ceiling import ceiling_of
from rfsq.app.train.recorded import COMMAND, recorded_run
from rfsq.app.train.runs import RunView
from rfsq.app.train.session import StartedRun
from rfsq.app.train.settings import TrainSettings
from rfsq.figures import training_curves
from rfsq.figures.training import PANELS
from rfsq.photos.gallery import load_example
from rfsq.style.palette import Theme, label_of
from rfsq.style.wording import format_db
from rfsq.training.live import columns, live_photo

CHART_PX = 600
_RECORDED = "recorded run"


@dataclass(frozen=True, eq=False)
class TrainPictures:
    """The original and what a model makes of it."""

    shown: np.ndarray  # (H, W, 3) uint8
    title: str  # of the photo
    digest: str
    drawn: np.ndarray | None  # as large; None before the first step
    words: str  # whose picture it is, and how good
    method: str  # the quantizer


def pictures_now(
    photo: ChosenPhoto, settings: TrainSettings, started: StartedRun | None, view: RunView | None
) -> TrainPictures:
    """Those of the latest run. Before the first run those of the recorded one, or for another photo of the zoo's model: where
    a long training ends."""
    recorded = recorded_run()
    drawn: np.ndarray | None = None
    words = "No picture before the first step"
    digest, method = photo.digest, settings.base
    if started is not None and view is not None:
        shown, title, digest, method = started.shown, started.title, started.digest, started.settings.base
        if view.scores:
            drawn = view.scores.pixels
            words = f"Run {started.number} at step {view.scores.step}: {format_db(view.scores.psnr_db)}"
        if started.unseen:
            words += ". Your photo is not among the photos it learns from"
    elif photo.name == recorded.shown:
        shown, title, drawn, method = live_photo(photo.pixels), photo.title, recorded.pixels, recorded.base
        words = f"Recorded run, after {recorded.seconds:.0f} s: {format_db(recorded.psnr_db)}"
    else:
        shown, title = live_photo(photo.pixels), photo.title
        if ceiling := ceiling_of(settings.base, shown, photo.digest):
            drawn = ceiling.pixels
            words = f"{label_of(settings.base)} of the zoo, fully trained: {format_db(ceiling.psnr_db)}"
    return TrainPictures(shown, title, digest, drawn, words, method)


def show_pictures(
    photo: ChosenPhoto, settings: TrainSettings, started: StartedRun | None, view: RunView | None
) -> None:
    """Draw the original and what the model makes of it, beside each other."""
    now = pictures_now(photo, settings, started, view)
    with st.container(key="train-pair", horizontal=True):
        st.image(now.shown, caption=f"Original: {now.title}", alt=f"Original: {now.title}", width="stretch")
        if now.drawn is None:
            grey = np.full_like(now.shown, 128)
            st.image(grey, caption=now.words, alt="Grey: the model has learned nothing yet", width="stretch")
        else:
            st.image(now.drawn, caption=now.words, alt="The model's reconstruction", width="stretch")
    if now.digest != photo.digest:
        st.caption(f"This run shows {now.title}; the next one takes the photo chosen above.")


@dataclass(frozen=True, eq=False)
class _Drawn:
    """One run of the chart."""

    name: str
    log: Mapping[str, Sequence[float]]  # the columns that the chart draws
    base: str
    shown: np.ndarray
    digest: str
    title: str  # of the photo
    held_out: str  # title of the photo that it does not learn from


def curves_now(
    runs: Sequence[StartedRun],
    views: Sequence[RunView],
    theme: Theme,
    panels: Collection[str] = PANELS,
    *,
    narrow: bool = False,
) -> tuple[go.Figure, tuple[str, ...]]:
    """The curves of the latest run, with the run before in grey, at first the recorded one; and what to know of them."""
    lines = [_line(started, view) for started, view in zip(runs, views, strict=True) if view.rows]
    latest = lines[-1] if runs and views[-1].rows else None
    before = next((line for line in lines if line is not latest), _recorded_line())
    named = latest or before
    ceiling = ceiling_of(named.base, named.shown, named.digest)
    same_photo = np.array_equal(named.shown, before.shown)
    ghost = _comparable(before.log, same_photo=same_photo, same_held_out=named.held_out == before.held_out)
    photo = "this photo" if latest else before.title
    figure = training_curves(
        latest.log if latest else {"step": []},
        ghost=ghost,
        ghost_name=before.name,
        method=runs[-1].settings.base if runs else "",
        same_photo=same_photo,
        ghost_photo=before.title,
        photo=photo,
        ceiling=ceiling.psnr_db if ceiling else None,
        height=CHART_PX,
        panels=panels,
        theme=theme,
        narrow=narrow,
    )
    notes = [
        f"Dashed: {named.held_out}, which the run does not learn from: what it gains there is learned, not memorized. "
        f"Fully trained: the zoo's model with this quantizer in a wider network, on {photo}."
        + ("" if same_photo else " The grey run showed another photo, so its PSNR there is left out.")
    ]
    if before.name == _RECORDED:
        notes.append(f"Recorded run: {label_of(before.base)}, the gallery's other photos, seed 0, by `{COMMAND}`.")
    return figure, tuple(notes)


def show_curves(runs: Sequence[StartedRun], views: Sequence[RunView], theme: Theme, *, narrow: bool) -> None:
    """Draw the curves, and below them what to know of them. A room gets those that its picture goes with."""
    figure, notes = curves_now(runs, views, theme, ("psnr",) if talking() else PANELS, narrow=narrow)
    draw_chart(
        figure,
        key="train-chart",
        alt="PSNR over training steps" if talking() else "Loss, PSNR and remainders over training steps",
    )
    for note in notes:
        st.caption(note)


def _line(started: StartedRun, view: RunView) -> _Drawn:
    log, base = _columns(columns(view.rows)), started.settings.base
    return _Drawn("previous run", log, base, started.shown, started.digest, started.title, started.held_out)


def _recorded_line() -> _Drawn:
    recorded, titles = recorded_run(), example_names()
    shown = live_photo(load_example(recorded.shown))
    title, held_out = titles[recorded.shown], titles[recorded.held_out]
    return _Drawn(_RECORDED, _columns(recorded.log), recorded.base, shown, recorded.shown, title, held_out)


def _comparable(
    ghost: Mapping[str, Sequence[float]], *, same_photo: bool, same_held_out: bool
) -> dict[str, Sequence[float]]:
    """The columns of the run before without the PSNR of other photos."""
    left_out = {"psnr_db": not same_photo, "held_out_psnr_db": not same_held_out}
    return {key: values for key, values in ghost.items() if not left_out.get(key)}


def _columns(log: dict[str, list[float]]) -> dict[str, list[float]]:
    """The columns that the chart draws, with the PSNR of the photo in place of that of the crops."""
    wanted = ("step", "loss", "held_out_psnr_db")
    kept = {key: values for key, values in log.items() if key in wanted or key.startswith("rms_")}
    return kept | ({"psnr_db": log["photo_psnr_db"]} if "photo_psnr_db" in log else {})
