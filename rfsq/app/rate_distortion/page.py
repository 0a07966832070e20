"""The Rate–distortion page: what a file's bytes buy, and what JPEG, WebP and AVIF would do with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from rfsq.app.look import current_theme, page_head
from rfsq.app.rate_distortion.averages import show_averages
from rfsq.app.rate_distortion.chart import show_chart
from rfsq.app.rate_distortion.controls import choose_file, controls
from rfsq.app.rate_distortion.made_files import our_files
from rfsq.app.rate_distortion.offered import offered_models
from rfsq.app.rate_distortion.pictures import show_pictures, show_scores
from rfsq.app.rate_distortion.session import current_settings, session
from rfsq.app.rate_distortion.settings import first_settings, write_rd_link
from rfsq.app.rate_distortion.slides import rd_slides
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.narrow import narrow_page
from rfsq.app.shared.photo_strip import photo_strip
from rfsq.app.shared.rfsq_files import FILE_ERRORS
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.talk_view import talking
from rfsq.app.shared.working_photo import FIRST_PHOTO, OWN_PHOTO, ChosenPhoto, WorkingPhoto, working_photo
from rfsq.codec.rate_distortion import StageFile
from rfsq.metrics.learned import ST_LPIPS_SCORES
from rfsq.style.palette import label_of

TITLE = "What do these bits buy, and what would JPEG do with them?"
TRY = "Choose fewer stages: the file is cut there, and the other formats get at most as many bytes. Flip between them in place."


def rate_distortion_page() -> None:
    """Draw the page. All below the strip is a fragment."""
    page_head(TITLE, TRY)
    names = offered_models()
    if names:
        session(names)  # a link chooses the photo
    photo = photo_strip()
    if not names:
        st.warning("There is no trained model in this copy. Get the folder `checkpoints`, or train them yourself.")
        return
    _body(photo, names, narrow_page() or talking())  # in a talk the chart is as wide as a phone, and magnified


@st.fragment
def _body(photo: ChosenPhoto, names: Sequence[str], narrow: bool) -> None:
    memory = session(names)
    untouched = (current_settings(names), photo.name) == (memory.opened, memory.photo)
    link_notice(memory.notes if untouched else ())
    settings = controls(names)
    if not settings.models:
        st.info("Choose a model above.")
        return

    working = working_photo(photo, settings.size)
    if working.note:
        st.caption(working.note)
    files = _make_files(settings.models, working)
    if not files:
        return
    chosen, theme = choose_file(files, settings), current_theme()

    with st.container(key="rd-show"):
        above, below = st.container(key="rd-curves"), st.container(key="rd-pictures")
    if settings.metric in ST_LPIPS_SCORES:  # the pictures do not wait for a chart that takes seconds
        with below:
            shown = show_pictures(settings, chosen, working, memory.place)
        with above:
            draw = show_chart(settings, files, chosen, working, theme, narrow)
    else:
        with above:
            draw = show_chart(settings, files, chosen, working, theme, narrow)
        with below:
            shown = show_pictures(settings, chosen, working, memory.place)
    scores = st.container()
    averages = show_averages(settings, theme, narrow)
    with scores:
        show_scores(shown, working, theme)
    settings = current_settings(names)
    with keep_row():
        slides_box(partial(rd_slides, settings, photo, working, chosen, files, draw, averages))
        with st.container(width="content"):
            copy_link(
                write_rd_link(settings, photo.name),
                own_photo=photo.name == OWN_PHOTO,
                untouched=settings == first_settings(names) and photo.name == FIRST_PHOTO,
            )


def _make_files(models: Sequence[str], working: WorkingPhoto) -> dict[str, list[StageFile]]:
    """The files of each model; one that cannot be used is left out with a sentence."""
    found = {}
    with st.spinner("Compressing", show_time=True):
        for name in models:
            try:
                found[name] = our_files(working, name)
            except FILE_ERRORS as error:
                st.warning(f"{label_of(name)}: {error}")
    return found
