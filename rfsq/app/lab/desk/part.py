"""The part "Design desk": level sets for a target above, ways to cut a channel into levels below."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from rfsq.app.lab.desk.grids import show_grids
from rfsq.app.lab.desk.level_sets import show_level_sets
from rfsq.app.lab.desk.session import session
from rfsq.app.lab.desk.settings import DeskSettings, write_desk_link
from rfsq.app.lab.desk.slides import desk_slides
from rfsq.app.look import current_theme
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.narrow import narrow_page
from rfsq.app.shared.photo_strip import photo_strip
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.working_photo import OWN_PHOTO


def desk_part() -> None:
    """Draw the part."""
    memory, narrow = session(), narrow_page()
    link_notice(memory.notes if memory.settings == memory.opened else ())
    show_level_sets(memory.settings)
    st.header("What do five ways to bound and cut a channel make of a photo?", anchor="grids")
    photo = photo_strip()
    memory.settings = replace(memory.settings, photo=photo.name)
    cut = show_grids(memory.settings, photo, narrow=narrow)
    with keep_row():
        if cut is not None:
            slides_box(partial(desk_slides, memory.settings, cut, photo, current_theme()))
        with st.container(width="content"):
            copy_link(
                write_desk_link(memory.settings),
                own_photo=photo.name == OWN_PHOTO,
                untouched=memory.settings == DeskSettings(photo=photo.name),
            )
