"""The Compare page: one photo through several quantizers, their remainders stage by stage, and the price of each."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from rfsq.app.compare.chart import show_chart
from rfsq.app.compare.choice import Choice
from rfsq.app.compare.claim import claim_of
from rfsq.app.compare.controls import controls, device_name, equal_switch, explained, mode_switch, preset_choice
from rfsq.app.compare.details import details
from rfsq.app.compare.files import make_plan
from rfsq.app.compare.keep import keep, link_button
from rfsq.app.compare.large import finish_large
from rfsq.app.compare.panels import STAGE, show_pictures
from rfsq.app.compare.score_rows import show_scores
from rfsq.app.compare.session import chosen_preset, current_settings, session
from rfsq.app.compare.settings import Settings
from rfsq.app.compare.stacks import why_not
from rfsq.app.compare.timing import finish_run, take_rest
from rfsq.app.compare.view import View, code_all, decode_panels, panels_of
from rfsq.app.compare.words import TITLES, try_next
from rfsq.app.look import current_theme, page_head
from rfsq.app.shared.carried import not_offered
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.own_models import own_names
from rfsq.app.shared.own_progress import ready_quantizers
from rfsq.app.shared.photo_strip import photo_hint, photo_strip
from rfsq.app.shared.turns import asked_now
from rfsq.app.shared.working_photo import ChosenPhoto, working_photo
from rfsq.machine.devices import pick_device
from rfsq.model.checkpoint import available_models
from rfsq.style.wording import listed


def compare_page() -> None:
    """Draw the page. All below the photo strip is a fragment: it reruns without the rest."""
    memory = session()
    memory.started = time.perf_counter()
    memory.head = chosen_preset()
    with page_head(TITLES[memory.head]):
        mode_switch()
    _body(photo_strip(beside=preset_choice, hint=False))


@st.fragment
@asked_now()
def _body(photo: ChosenPhoto) -> None:
    if session().head != chosen_preset():
        st.rerun(scope="app")  # the head stands outside of this fragment, and asks for the preset
    started, session().started = session().started or time.perf_counter(), None
    available = (*available_models(), *own_names())
    settings, choice = current_settings(photo.name, available)
    with st.container(key=STAGE):  # what full screen shows
        # Always there, as all that stands above the viewer, which must keep its place.
        claim = st.container(key="claim", horizontal=True)
        times = controls(settings, choice, available)
        working = working_photo(photo, settings.size, pick_device(device_name(settings.device)))
        with st.container(key="notes"):
            _say_what_is_missing(settings, choice, bool(available))
            if working.note:
                st.caption(working.note)
            ready = ready_quantizers(choice.own, working)
            choice = replace(choice, shown=(*choice.shown, *ready))
            choice = code_all(finish_large(settings, choice, working), working)
            choice, plan = make_plan(settings, choice, working)
            pictures = decode_panels(choice, working, panels_of(settings, choice, plan))
        if not choice.shown:
            st.image(working.pixels, caption=f"Original: {photo.title}", alt=f"Original: {photo.title}")
            link_button(settings)
            return

        view = View(settings, choice, plan, photo, working, pictures, current_theme())
        rest = take_rest(view)
        with claim:
            _say_what_is_seen(view)
        with st.container(key="show", horizontal=True):
            with st.container(key="pictures"):
                show_pictures(view, rest)
                photo_hint(photo)
            with st.container(key="reading"):
                show_chart(view)
                if choice.strategies:
                    st.caption(explained(choice.strategy))
    show_scores(view, rest)
    keep(view)
    details(view)
    finish_run(view, rest, started, times)


def _say_what_is_seen(view: View) -> None:
    """The claim, what to try next, and what the pictures have in common."""
    with st.container(key="claimed"):
        if claim := claim_of(view):
            st.markdown(f"**{claim}**")
        st.caption(try_next(view))
    equal_switch(view)


def _say_what_is_missing(settings: Settings, choice: Choice, any_model: bool) -> None:
    memory = session()
    link_notice(memory.notes if settings == memory.opened else ())
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
    if choice.strategies and (sentence := not_offered(choice.strategies)):
        st.caption(sentence)
