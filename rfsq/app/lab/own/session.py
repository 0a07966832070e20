"""What the part remembers of a session, and how its controls change it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from rfsq.app.lab.own.settings import OwnView, read_own_link
from rfsq.app.lab.parts import OWN
from rfsq.app.lab.switch import values_for
from rfsq.app.shared.own_quantizers import own_keys

# Keys of the controls.
QUANTIZER, SOURCE, SEED, STAGES_SHOWN = "lab-own-quantizer", "lab-own-source", "lab-own-seed", "lab-own-stages"
_SESSION = "lab-own"


@dataclass
class OwnSession:
    """What no control holds."""

    opened: OwnView  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]
    stages: int


def session() -> OwnSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        settings, notes = read_own_link(values_for(OWN), own_keys())
        state[_SESSION] = OwnSession(settings, notes, settings.stages)
        state[QUANTIZER], state[SOURCE], state[SEED] = settings.own, settings.source, settings.seed
    found: OwnSession = state[_SESSION]
    return found


def current_settings() -> OwnView:
    """The settings as the controls stand."""
    memory, state = session(), st.session_state
    if state[QUANTIZER] not in own_keys():
        state[QUANTIZER] = own_keys()[0]
    return OwnView(state[QUANTIZER], state[SOURCE], state[SEED], memory.stages)


def take_stages() -> None:
    """Other stages were chosen; runs before the page is drawn again."""
    session().stages = int(st.session_state[STAGES_SHOWN])
