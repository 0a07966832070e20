"""The Compare page: one photo through several quantizers, their remainders stage by stage, and the price of each."""

from __future__ import annotations

import time

import streamlit as st

from rfsq.app.compare.chart import show_chart
from rfsq.app.compare.choice import Choice
from rfsq.app.compare.claim import claim_of
from rfsq.app.compare.controls import controls, device_name
from rfsq.app.compare.details import details
from rfsq.app.compare.keep import keep_row, link_button
from rfsq.app.compare.panels import show_pictures
from rfsq.app.compare.score_rows import show_scores
from rfsq.app.compare.session import MODE, PRESET, current_settings, session
from rfsq.app.compare.settings import Settings
from rfsq.app.compare.stacks import why_not
from rfsq.app.compare.timing import finish_run
from rfsq.app.compare.view import View, compute_pictures
from rfsq.app.look import current_theme, page_head
from rfsq.app.shared.own_models import own_names
from rfsq.app.shared.photo_strip import photo_strip
from rfsq.app.shared.working_photo import ChosenPhoto, working_photo
from rfsq.machine.devices import pick_device
from rfsq.model.checkpoint import available_models
from rfsq.style.wording import listed

TITLE = "What does conditioning do to my picture?"
TRY = {
    "network": "One network, one photo, the same bits: change the conditioning, the levels, the stages.",
    "conditioning": (
        "Switch from none to layernorm. Same photo, same bits per token: why do the lines part after stage 1?"
    ),
    "quantizers": "Flip between the pictures in place, then read their rates: they do not cost the same.",
    "equal": "The same bits, spent four ways: one fine rounding, vectors, rounded remainders, remainders by turns.",
    "stages": "Follow one fine detail from left to right. Which stage is the last that you can see?",
    "ours": "Four tokens each. Grouped codes ten numbers by turns, the others five. Go down to one stage: which holds?",
    "own": "Choose up to four models, then flip between them in place.",
}


def compare_page() -> None:
    """Draw the page. All below the photo strip is a fragment: it reruns without the rest."""
    session().started = time.perf_counter()
    mode = st.session_state[MODE]
    page_head(TITLE, TRY[st.session_state[PRESET] if mode == "trained" else mode])
    _body(photo_strip(session().opened.photo))


@st.fragment
def _body(photo: ChosenPhoto) -> None:
    started, session().started = session().started or time.perf_counter(), None
    available = (*available_models(), *own_names())
    settings, choice = current_settings(photo.name, available)
    times = controls(settings, choice, available)

    working = working_photo(photo, settings.size, pick_device(device_name(settings.device)))
    with st.container(key="notes"):  # always there: the viewer below must keep its place
        _say_what_is_missing(settings, choice, bool(available))
        if working.note:
            st.caption(working.note)
        choice, pictures = compute_pictures(choice, working)
    if not choice.shown:
        st.image(working.pixels, caption=f"Original: {photo.title}", alt=f"Original: {photo.title}")
        link_button(settings)
        return

    view = View(settings, choice, photo, working, pictures, current_theme())
    if claim := claim_of(view):
        st.markdown(f"**{claim}**")
    with st.container(key="stage", horizontal=True):
        with st.container(key="pictures"):
            show_pictures(view)
        with st.container(key="reading"):
            show_chart(view)
    show_scores(view)
    keep_row(view)
    details(view)
    finish_run(view, started, times)


def _say_what_is_missing(settings: Settings, choice: Choice, any_model: bool) -> None:
    memory = session()
    if settings == memory.opened:
        for note in memory.notes:
            st.info(note)
    if not any_model:
        st.warning("There is no trained model in this copy. Get the folder `checkpoints`, or train them yourself.")
        return
    if settings.preset == "network" and (reason := why_not(settings)):
        st.info(reason)
    if choice.missing:
        st.warning(
            f"{listed(choice.missing)}: no checkpoint in this copy, so not shown. "
            f"Train with `python -m rfsq train --config {','.join(choice.missing)}`."
        )
    if settings.preset == "own" and not settings.models:
        st.info("Choose up to four models above.")
