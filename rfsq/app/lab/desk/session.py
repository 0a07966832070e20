"""What the design desk remembers of a session: the values of its controls, and what a link asked for in vain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from rfsq.app.compare.stacks import networks
from rfsq.app.lab.desk.settings import DeskSettings, read_desk_link
from rfsq.app.lab.parts import DESK
from rfsq.app.lab.switch import values_for
from rfsq.app.shared.carried import open_photo
from rfsq.app.shared.photo_strip import photo_names
from rfsq.model.checkpoint import available_models
from rfsq.model.zoo import ZOO

# Controls by the setting that each holds, which is the end of its key, too. Streamlit keeps their values while the
# session lasts (`persist_state="session"`).
_CONTROLS = (
    "target",
    "value",
    "stride",
    "width",
    "height",
    "dims",
    "stages",
    "every",
    "levels",
    "grid",
    "channel",
    "decoder",
    "network",
)
_SESSION = "desk"


def key_of(setting: str) -> str:
    """The key of the control that holds a setting."""
    return f"desk-{setting}"


def value_key(target: str) -> str:
    """The key of the number that is asked for: each kind of target has a control with its own range."""
    return f"desk-value-{target}"


@dataclass
class DeskSession:
    """The settings, and what they were opened with."""

    settings: DeskSettings
    opened: DeskSettings  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]

    def change(self, settings: DeskSettings) -> None:
        """Other settings, which the controls take over."""
        self.settings = settings
        state = st.session_state
        for name in _CONTROLS:
            key = value_key(settings.target) if name == "value" else key_of(name)
            state[key] = getattr(settings, name)


def session() -> DeskSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        values = values_for(DESK)
        settings, notes = read_desk_link(values, photos=photo_names(), networks=network_channels())
        state[_SESSION] = memory = DeskSession(settings, settings, notes)
        memory.change(settings)
        if values:
            open_photo(settings.photo)
    found: DeskSession = state[_SESSION]
    return found


def network_channels() -> dict[str, int]:
    """The networks whose latents can be cut here, with their channels."""
    return {name: ZOO[name].dim for name in networks(available_models())}


def take_controls() -> None:
    """A control was moved; runs before the page is drawn again."""
    state, memory = st.session_state, session()
    before = memory.settings
    if state[key_of("target")] != before.target:
        memory.change(before.aiming_at(state[key_of("target")]))
        return
    values: dict[str, Any] = {
        name: state.get(value_key(before.target) if name == "value" else key_of(name), getattr(before, name))
        for name in _CONTROLS
    }
    after = replace(before, **values)
    if after.network != before.network and after.channel > ZOO[after.network].dim:
        after = replace(after, channel=0)
    memory.change(after)
