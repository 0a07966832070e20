"""What the part remembers of a session, and how controls, film and lesson change it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from rfsq.app.lab.life.film import film_report, with_report
from rfsq.app.lab.life.lesson import OPENED_BY, STEPS_OF_LESSON
from rfsq.app.lab.life.settings import LifeView, read_life_link
from rfsq.app.lab.parts import LIFE
from rfsq.app.lab.runs import latent_channels
from rfsq.app.lab.switch import values_for
from rfsq.app.shared.carried import open_photo
from rfsq.app.shared.guided_steps import clicked_step
from rfsq.app.shared.photo_strip import photo_names
from rfsq.teaching.lab.life import METHODS

# Controls by the setting that each holds, which is the end of its key, too.
_CONTROLS = ("source", "codes", "start", "encoder", "rate", "commitment", "seed", "drawn", "methods")
ACROSS, UP = "life-a", "life-b"  # keys of the controls of two channels
STEP_LINKS = "life-steps"  # and of the row of guided steps
_SESSION = "lab-life"


def key_of(setting: str) -> str:
    """The key of the control that holds a setting."""
    return f"life-{setting}"


@dataclass
class LifeSession:
    """The settings, and what the browser was told."""

    settings: LifeView
    opened: LifeView  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]
    command: int  # number of the last message that moved the film: grows across sessions
    runs: int = 0

    def change(self, settings: LifeView, *, film: bool = False) -> None:
        """Other settings, which the controls take over; `film`: the browser takes step and view from them, too."""
        self.settings = settings
        _set_controls(settings)
        if film:
            self.command = max(time.time_ns() // 1_000_000, self.command + 1)


def session() -> LifeSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        values = values_for(LIFE)
        settings, notes = read_life_link(
            values, photos=photo_names(), steps=OPENED_BY, latent_channels=latent_channels()
        )
        state[_SESSION] = LifeSession(settings, settings, notes, time.time_ns() // 1_000_000)
        _set_controls(settings)
        if values:
            open_photo(settings.photo)
    found: LifeSession = state[_SESSION]
    return found


# ---- changes; they run before the page is drawn again ----


def take_film() -> None:
    """The person moved the film."""
    memory = session()
    if report := film_report(memory.command):
        memory.settings = with_report(memory.settings, report)


def take_step() -> None:
    """A step of the lesson was clicked."""
    memory = session()
    if step := STEPS_OF_LESSON.get(clicked_step(STEP_LINKS) or ""):
        before = memory.settings
        kept = {"photo": before.photo, "hide": before.hide, "methods": before.methods, "view": before.view}
        memory.change(replace(step.settings, **kept), film=True)  # type: ignore[arg-type]


def take_controls() -> None:
    """A control was moved. A choice that leaves nothing to show is put back."""
    state, memory = st.session_state, session()
    before = memory.settings
    channels = (state[ACROSS], state[UP])
    values: dict[str, Any] = {name: state[key_of(name)] for name in _CONTROLS}
    values["methods"] = tuple(name for name in METHODS if name in values["methods"]) or before.methods
    after = replace(before, **values, channels=channels if channels[0] != channels[1] else before.channels)
    if after.step and not after.follows(STEPS_OF_LESSON[after.step].settings):
        after = replace(after, step="")
    memory.change(after)


def _set_controls(settings: LifeView) -> None:
    state = st.session_state
    for name in _CONTROLS:
        value = getattr(settings, name)
        state[key_of(name)] = list(value) if name == "methods" else value
    state[ACROSS], state[UP] = settings.channels
