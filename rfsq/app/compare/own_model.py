"""A model that was trained on the page "Train your own" and downloaded there, opened on the Compare page."""

from __future__ import annotations

import streamlit as st

from rfsq.app.compare.session import choose_models, session
from rfsq.app.shared.own_models import add_own, config_of, zoo_counterpart
from rfsq.model.archive import open_checkpoint
from rfsq.model.checkpoint import CheckpointError, available_models

MODEL_MB = 20  # of an uploaded model; a live one has about 0.3


def uploader() -> None:
    """Draw the control that opens one."""
    key = f"own-model-{session().models_opened}"
    st.file_uploader(
        "Open your own model (.zip)",
        key=key,
        type="zip",
        on_change=_open,
        args=(key,),
        max_upload_size=MODEL_MB,
        help="As downloaded from the page “Train your own”.",
    )
    if session().model_problem:
        st.error(session().model_problem)


def _open(key: str) -> None:
    """A file was chosen; runs before the page is drawn again."""
    file = st.session_state.get(key)
    if file is None:
        return
    memory = session()
    memory.models_opened += 1
    memory.model_problem = ""
    try:
        name = add_own(open_checkpoint(file.getvalue()))
    except CheckpointError as error:
        memory.model_problem = str(error)
        return
    choose_models([name, *zoo_counterpart(config_of(name), available_models())])
