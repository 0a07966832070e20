"""What the Lab remembers of a session, and how the controls, the plane, the lesson and the sliders change it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from rfsq.app.lab.factors import dragged_factors
from rfsq.app.lab.lesson import OPENED_BY, STEPS
from rfsq.app.lab.parts import STAGES
from rfsq.app.lab.plane import plane_report, with_report
from rfsq.app.lab.runs import Strategy, latent_channels
from rfsq.app.lab.settings import LabSettings, read_lab_link
from rfsq.app.lab.switch import values_for
from rfsq.app.shared.carried import carried_conditioning, carry_conditioning, open_photo
from rfsq.app.shared.guided_steps import clicked_step
from rfsq.app.shared.photo_strip import photo_names
from rfsq.quantizers import CONDITIONINGS
from rfsq.teaching.lab import FactorFit

# Controls by the setting that each holds, which is the end of its key, too. Streamlit keeps their values while the
# session lasts (`persist_state="session"`), also of those that a link hides.
_CONTROLS = ("source", "conditioning", "stages", "base", "levels", "fitted_on", "entropy", "seed")
ACROSS, UP = "lab-a", "lab-b"  # keys of the controls of two channels
STEP_LINKS = "lab-steps"  # and of the row of guided steps
_SESSION = "lab"


def key_of(setting: str) -> str:
    """The key of the control that holds a setting."""
    return f"lab-{setting}"


@dataclass
class LabSession:
    """The settings, what the browser was told, and what stays on the charts."""

    settings: LabSettings
    opened: LabSettings  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]
    command: int  # number of the last message that moved the plane: grows across sessions
    started: float | None = None  # clock at the start of a run of the whole page
    runs: int = 0
    drawn: tuple[LabSettings, Strategy] | None = None  # the chosen line of the last run
    before: Strategy | None = None  # the line of the setting before that, in grey
    gradient: tuple[str, FactorFit] | None = None  # the last fit by gradient, and what it belongs to

    def change(self, settings: LabSettings, *, plane: bool = False) -> None:
        """Other settings, which the controls take over; `plane`: the browser's plane takes its part from them, too."""
        self.settings = settings
        _set_controls(settings)
        if plane:
            self.command = max(time.time_ns() // 1_000_000, self.command + 1)

    def follow(self) -> None:
        """Take over the conditioning that was chosen on another page, without the factors and the lesson of the one before."""
        name = carried_conditioning(_SESSION, CONDITIONINGS)
        if name is not None and name != self.settings.conditioning:
            self.change(replace(self.settings, conditioning=name, factors=(), step=""))

    def ghost(self, chosen: Strategy) -> Strategy | None:
        """The line of the setting before, until another setting takes its place."""
        current = replace(self.settings, stage=0, phase="", magnify=False, probe=0, step="", hide=(), entropy=False)
        if self.drawn is None or self.drawn[0] != current:
            self.before = None if self.drawn is None else self.drawn[1]
            self.drawn = (current, chosen)
        return self.before


def session() -> LabSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        values = values_for(STAGES)
        settings, notes = read_lab_link(
            values, photos=photo_names(), steps=OPENED_BY, latent_channels=latent_channels()
        )
        state[_SESSION] = LabSession(settings, settings, notes, time.time_ns() // 1_000_000)
        _set_controls(settings)
        if values:
            open_photo(settings.photo)
        if "conditioning" in values:
            carry_conditioning(settings.conditioning, _SESSION)
    found: LabSession = state[_SESSION]
    return found


def factors_belong_to(settings: LabSettings) -> str:
    """Names all else that factors depend on: what was found for one setting never lands in another."""
    return f"{settings.stack()}/{settings.fit_source}/{settings.seed}/{settings.channels}"


# ---- changes; they run before the page is drawn again ----


def take_plane() -> None:
    """The person moved in the plane."""
    memory = session()
    if report := plane_report(memory.command):
        memory.settings = with_report(memory.settings, report)


def take_step() -> None:
    """A step of the lesson was clicked."""
    memory = session()
    if step := STEPS.get(clicked_step(STEP_LINKS) or ""):
        memory.change(replace(step.settings, photo=memory.settings.photo, hide=memory.settings.hide), plane=True)


def take_factors() -> None:
    """A factor was dragged."""
    memory = session()
    if factors := dragged_factors(factors_belong_to(memory.settings), memory.settings.stages):
        use_factors(factors)


def use_factors(factors: tuple[float, ...]) -> None:
    """Take these factors, or the best of the grid for none."""
    memory = session()
    memory.settings = replace(memory.settings, factors=factors)


def take_controls() -> None:
    """A control was moved. Factors of one's own survive a new source, but not another stack."""
    state, memory = st.session_state, session()
    before = memory.settings
    channels = (state[ACROSS], state[UP])
    values: dict[str, Any] = {name: state[key_of(name)] for name in _CONTROLS}
    after = replace(before, **values, channels=channels if channels[0] != channels[1] else before.channels)
    if after.conditioning != before.conditioning:
        carry_conditioning(after.conditioning, _SESSION)
    if after.stack() != before.stack():
        after = replace(after, factors=())
    if after.step and not after.follows(STEPS[after.step].settings):
        after = replace(after, step="")
    memory.change(replace(after, stage=min(after.stage, after.stages)), plane=after.stages < before.stage)


def _set_controls(settings: LabSettings) -> None:
    state = st.session_state
    for name in _CONTROLS:
        state[key_of(name)] = getattr(settings, name)
    state[ACROSS], state[UP] = settings.channels
