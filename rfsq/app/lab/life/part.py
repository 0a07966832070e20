"""The part "Codebook life": seven quantizers learn on the same samples, played, with what they come to in the end."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import streamlit as st

from rfsq.app.lab.life.controls import controls
from rfsq.app.lab.life.ends import show_ends
from rfsq.app.lab.life.film import show_film
from rfsq.app.lab.life.lesson import LESSON
from rfsq.app.lab.life.lives import floor_of, lives_of
from rfsq.app.lab.life.session import LifeSession, session, take_film, take_step
from rfsq.app.lab.life.settings import LifeView, write_life_link
from rfsq.app.lab.life.slides import life_slides
from rfsq.app.lab.photo_source import follow_photo, photo_for, samples_here
from rfsq.app.lab.runs import Samples
from rfsq.app.look import current_theme
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.narrow import narrow_page
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.working_photo import OWN_PHOTO, ChosenPhoto
from rfsq.teaching.lab.life import Life, readings

_EVERY_S = 0.15  # between two signs of progress


def life_part() -> None:
    """Draw the part. All below the photos is a fragment."""
    memory = session()
    narrow = narrow_page()
    _body(photo_for(memory.settings), narrow)


@st.fragment
def _body(photo: ChosenPhoto | None, narrow: bool) -> None:
    memory = session()
    started = time.perf_counter()
    if photo is not None and photo.name != memory.settings.photo:
        memory.settings = replace(memory.settings, photo=photo.name)
    settings = memory.settings
    with st.container(key="life-body"):
        link_notice(memory.notes if settings == memory.opened else ())
        LESSON.show(settings, write_life_link, take_step)
        controls(settings)
        follow_photo(settings, photo)
        found = samples_here(settings, (settings.source,), photo)
        if found is None:
            return
        _, (samples,) = found
        lives, floor = _learned(settings, samples), floor_of(settings, samples)
        show_film(lives, settings, floor=floor, command=memory.command, known=memory.known, on_change=take_film)
        with st.container(key="life-told"):
            _tell(settings, samples, lives, floor, narrow)
    with keep_row():
        slides_box(partial(life_slides, settings, lives, floor, photo, current_theme()))
        with st.container(width="content"):
            copy_link(write_life_link(settings), own_photo=settings.uses_photo and settings.photo == OWN_PHOTO)
    _log_time(memory, 1e3 * (time.perf_counter() - started))


def _tell(settings: LifeView, samples: Samples, lives: dict[str, Life], floor: float, narrow: bool) -> None:
    """What the film shows in words, what to know of it, and what all seeds come to."""
    with st.container(key="life-seen"):
        st.markdown("\n\n".join(readings(lives)))
    st.caption(_notes(settings, samples, next(iter(lives.values()))))
    show_ends(lives, floor, current_theme(), narrow=narrow)


def _learned(settings: LifeView, samples: Samples) -> dict[str, Life]:
    """The lives that are shown; while some are computed, how far that is."""
    place, told = st.empty(), 0.0

    def progress(share: float, label: str) -> None:
        nonlocal told
        if time.perf_counter() - told > _EVERY_S:
            told = time.perf_counter()
            place.progress(min(share, 1.0), f"{label} learns, three seeds at once")

    lives = lives_of(settings, samples, progress)
    place.empty()
    return lives


def _notes(settings: LifeView, samples: Samples, life: Life) -> str:
    measured, seeds = life.measured, len(life.usage)
    points = f"Points: {len(life.samples)} of the {measured} samples that are measured; none of those is learned from."
    lines = f"A line leads from each to its code; a hollow code is dead: none of the {measured} takes it."
    curves = f"Points and thick curves: seed {settings.drawn} of {seeds}; thin curves: the others."
    notes = [points, lines, curves, "All planes have one ruler; lines cross at 0."]
    if settings.view == "latents":
        notes.append("FSQ's latents are shown as it rounds them, after its tanh.")
        if settings.codes > 4 and "lfq" in settings.methods:
            channels = settings.codes.bit_length() - 1
            notes.append(f"LFQ has {channels} channels here; the plane is the one that its encoder begins with.")
    if settings.uses_photo:
        notes.append(
            f"Latents of the photo, channels {settings.channels[0] + 1} and {settings.channels[1] + 1}, times "
            f"{samples.scaled_by:.3g} so that their RMS is 1."
        )
    return " ".join(notes)


def _log_time(memory: LifeSession, all_ms: float) -> None:
    memory.runs += 1
    st.html(f'<div class="rfsq-life-timing" hidden data-run="{memory.runs}" data-all-ms="{all_ms:.1f}"></div>')
