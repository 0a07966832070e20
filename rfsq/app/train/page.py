"""The page "Train your own": a small model learns on a few photos while the viewer watches."""

from __future__ import annotations

from functools import partial

import streamlit as st

from rfsq.app.look import current_theme, page_head
from rfsq.app.shared.carried import not_offered
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.narrow import narrow_page
from rfsq.app.shared.photo_strip import photo_strip
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.working_photo import FIRST_PHOTO, OWN_PHOTO, ChosenPhoto
from rfsq.app.train.controls import controls
from rfsq.app.train.progress import show_curves, show_pictures
from rfsq.app.train.session import current_settings, session
from rfsq.app.train.settings import CONDITIONED, TrainSettings, write_train_link
from rfsq.app.train.slides import NO_EVIDENCE, train_slides
from rfsq.app.train.status import show_status
from rfsq.app.train.table import show_table

TITLE = "How does a quantizer learn?"
TRY = "Press Start and watch the picture come. Then change the quantizer and start again: the run before stays in grey."
READING = (
    "PSNR is of whole photos; loss and remainders are of the random crops that the run learns from, so they "
    "jitter. A remainder says how much is left to code in this model's own latents, so two runs compare by PSNR."
)


def train_page() -> None:
    """Draw the page. What changes while a run trains is a fragment that draws itself every second."""
    memory = session()
    page_head(TITLE, TRY)
    photo = photo_strip()
    settings = current_settings()
    link_notice(memory.notes if photo.name == memory.opened else ())
    controls()
    if sentence := not_offered(CONDITIONED):
        st.caption(sentence)
    active = memory.active
    st.fragment(_live, run_every=1.0 if active else None)(photo, settings, active, narrow_page())
    with keep_row():
        slides_box(partial(train_slides, photo, settings, current_theme()))
        with st.container(width="content"):
            copy_link(
                write_train_link(settings, photo.name),
                own_photo=photo.name == OWN_PHOTO,
                own_model=bool(memory.runs),
                untouched=settings == TrainSettings() and photo.name == FIRST_PHOTO,
            )


def _live(photo: ChosenPhoto, settings: TrainSettings, active: bool, narrow: bool) -> None:
    """Status, buttons, pictures, curves."""
    memory = session()
    if active != memory.active:
        st.rerun()  # the whole page, so that the fragment begins or ends to draw itself
    theme, runs = current_theme(), memory.runs
    views = [started.view() for started in runs]
    started, view = (runs[-1], views[-1]) if runs else (None, None)
    show_status(photo, settings, started, view, memory.problem)
    with st.container(key="train-stage", horizontal=True):
        with st.container(key="train-pictures"):
            show_pictures(photo, settings, started, view)
        with st.container(key="train-curves"):
            show_curves(runs, views, theme, narrow=narrow)
    show_table(runs, views, theme)
    st.caption(f"{NO_EVIDENCE} {READING}")
