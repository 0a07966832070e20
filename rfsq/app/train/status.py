"""The buttons of the page "Train your own", and in words what the run does."""

from __future__ import annotations

from functools import partial

import streamlit as st

from rfsq.app.compare.session import open_compare
from rfsq.app.shared.own_models import add_own, zoo_counterpart
from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.app.train import session as train_session
from rfsq.app.train.recorded import recorded_run
from rfsq.app.train.runs import RunView
from rfsq.app.train.session import StartedRun, start
from rfsq.app.train.settings import TrainSettings
from rfsq.model.archive import checkpoint_bytes, open_checkpoint
from rfsq.model.checkpoint import available_models
from rfsq.style.palette import label_of
from rfsq.training.live import live_config


def show_status(
    photo: ChosenPhoto, settings: TrainSettings, started: StartedRun | None, view: RunView | None, problem: str
) -> None:
    """Draw the buttons that make sense now, the state of the latest run, and why a button did nothing."""
    busy = view is not None and view.state in ("waiting", "running")
    with st.container(key="train-actions", horizontal=True, vertical_alignment="center"):
        if not busy:
            st.button("Start", type="primary", key="train-start", on_click=start, args=(photo, settings))
        if started is not None and view is not None:
            if busy:
                st.button("Stop", key="train-stop", on_click=started.stop)
            elif view.state != "failed":
                _keep(started, view)
        with st.container(key="train-state"):
            st.markdown(_recorded_text() if started is None or view is None else _state_text(started, view))
    if problem:
        st.error(problem)


def _recorded_text() -> str:
    recorded = recorded_run()
    return (
        f"In grey: a recorded run of {recorded.seconds:.0f} s, {label_of(recorded.base)} on the gallery's "
        f"photos, on {recorded.device}."
    )


def _state_text(started: StartedRun, view: RunView) -> str:
    what = f"**Run {started.number}**, {label_of(started.settings.base)}"
    done = f"{view.step} steps in {view.seconds:.0f} s"
    match view.state:
        case "waiting":
            ahead = view.place - 1
            behind = "Yours is next." if not ahead else f"{ahead} more wait{'s' if ahead == 1 else ''} before yours."
            training = train_session.manager().busy
            return f"{what}: one run is training. {behind}" if training else f"{what}: starting."
        case "running":
            return f"{what}: learning, {view.seconds_left:.0f} s left."
        case "failed":
            return f"{what} failed. {view.problem}"
        case "stopped":
            return f"{what}: stopped after {done}. {view.problem or ''}"
        case _:
            return f"{what}: finished, {done}."


def _keep(started: StartedRun, view: RunView) -> None:
    """Continue, Download, Open in Compare."""
    st.button(
        "Continue",
        key="train-continue",
        on_click=started.go_on,
        disabled=not view.resumable,
        help="To the end of the planned time; beyond it, at a low rate that stays as it is, so it only refines.",
    )
    if started.run.live is None or not view.step:
        return
    st.download_button(
        "Download",
        partial(_archive, started),
        file_name=f"{started.name}.zip",
        mime="application/zip",
        key="train-download",
        on_click="ignore",
        help="Weights and facts in one zip. Open it again in Compare, under More.",
    )
    if st.button("Open in Compare", key="train-open"):
        name = add_own(open_checkpoint(_archive(started)), newer=True)  # what a download holds, checked like any other
        open_compare([name, *zoo_counterpart(live_config(started.settings.base), available_models())])


def _archive(started: StartedRun) -> bytes:
    live = started.run.live
    assert live is not None, "only runs that can be continued are offered"
    return checkpoint_bytes(live.trained_model(started.name), live.facts())
