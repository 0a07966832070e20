"""What a run makes of the photo, and its curves beside those of the run before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.app.train.recorded import COMMAND, recorded_run
from rfsq.app.train.runs import RunView
from rfsq.app.train.session import StartedRun
from rfsq.figures import training_curves
from rfsq.photos.gallery import load_example
from rfsq.style.palette import Theme, label_of
from rfsq.style.wording import format_db
from rfsq.training.live import columns, live_photo

CHART_PX = 600


def show_pictures(photo: ChosenPhoto, started: StartedRun | None, view: RunView | None) -> None:
    """Draw the original and what the model makes of it, beside each other."""
    if started is None or view is None:
        recorded = recorded_run()
        shown, title = live_photo(load_example(recorded.shown)), "Cat"
        drawn: np.ndarray | None = recorded.pixels
        words = f"Recorded run, after {recorded.seconds:.0f} s: {format_db(recorded.psnr_db)}"
    else:
        shown, title = started.shown, started.title
        drawn = view.scores.pixels if view.scores else None
        words = f"Run {started.number} at step {view.step}: {format_db(view.scores.psnr_db)}" if view.scores else ""
        if started.unseen:
            words += ". Your photo is not among the photos it learns from"
    with st.container(key="train-pair", horizontal=True):
        st.image(shown, caption=f"Original: {title}", alt=f"Original: {title}", width="stretch")
        if drawn is None:
            words = "No picture before the first step"
            st.image(
                np.full_like(shown, 128), caption=words, alt="Grey: the model has learned nothing yet", width="stretch"
            )
        else:
            st.image(drawn, caption=words, alt="The model's reconstruction", width="stretch")
    if started is not None and started.digest != photo.digest:
        st.caption(f"This run shows {title}; the next one takes the photo chosen above.")


def show_curves(runs: Sequence[StartedRun], views: Sequence[RunView], theme: Theme) -> None:
    """Draw the curves of the latest run, with the run before in grey, at first the recorded one."""
    recorded = recorded_run()
    previous = len(runs) > 1 and bool(views[0].rows)
    ghost = _drawn(columns(views[0].rows) if previous else recorded.log)
    log = _drawn(columns(views[-1].rows)) if runs and views[-1].rows else {"step": []}
    before = runs[0].shown if previous else live_photo(load_example(recorded.shown))
    figure = training_curves(
        log,
        ghost=ghost,
        ghost_name="previous run" if previous else "recorded run",
        method=runs[-1].settings.base if runs else "",
        same_photo=bool(runs) and np.array_equal(runs[-1].shown, before),
        height=CHART_PX,
        theme=theme,
    )
    st.plotly_chart(
        figure,
        theme=None,
        key="train-chart",
        config={"displayModeBar": False},
        alt="Loss, PSNR and remainders over training steps",
    )
    if not previous:
        st.caption(f"Recorded run: {label_of(recorded.base)}, all gallery photos, seed 0, by `{COMMAND}`.")


def _drawn(log: dict[str, list[float]]) -> dict[str, list[float]]:
    """The columns that the chart draws, with the PSNR of the photo in place of that of the crops."""
    kept = {key: values for key, values in log.items() if key in ("step", "loss") or key.startswith("rms_")}
    return kept | ({"psnr_db": log["photo_psnr_db"]} if "photo_psnr_db" in log else {})
