"""What follows the viewer from page to page: photo, conditioning, and levels and stages of a stack. The link of a page wins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

PHOTO: Final = "photo"  # key of the control, and of the link's parameter: the name of the chosen photo
_SESSION: Final = "carried"
_STACK: Final = "carried-stack"


@dataclass
class Carried:
    """The conditioning that was chosen last, by hand or by link."""

    conditioning: str = ""  # none so far
    known_to: set[str] = field(default_factory=set)  # views that have taken it over, or where it was chosen


@dataclass
class CarriedStack:
    """The levels and stages that were chosen last for stacks of FSQ around one network."""

    levels: int  # of a channel
    stages: int
    known_to: set[str] = field(default_factory=set)  # views that have taken them over, or where they were chosen


def open_photo(name: str) -> None:
    """A page begins: the photo of its link takes the place of what was chosen before."""
    if PHOTO in st.query_params:
        st.session_state[PHOTO] = name


def carry_conditioning(name: str, view: str) -> None:
    """A conditioning was chosen in this view (of a page, or a page)."""
    st.session_state[_SESSION] = Carried(name, {view})


def carried_conditioning(view: str, offered: Collection[str]) -> str | None:
    """The conditioning that was chosen elsewhere since this view last asked, if it offers it; else None."""
    carried = _carried()
    if not carried.conditioning or view in carried.known_to:
        return None
    carried.known_to.add(view)
    return carried.conditioning if carried.conditioning in offered else None


def carry_stack(levels: int, stages: int, view: str) -> None:
    """Levels of each channel and stages were chosen in this view."""
    st.session_state[_STACK] = CarriedStack(levels, stages, {view})


def carried_stack(view: str) -> tuple[int, int] | None:
    """Levels and stages that were chosen elsewhere since this view last asked; else None."""
    carried: CarriedStack | None = st.session_state.get(_STACK)
    if carried is None or view in carried.known_to:
        return None
    carried.known_to.add(view)
    return carried.levels, carried.stages


def not_offered(offered: Collection[str]) -> str:
    """The sentence of a view that cannot show the conditioning that was chosen; empty where it can."""
    name = _carried().conditioning
    if not name or name in offered:
        return ""
    return f"The conditioning {name}, which you chose before, is not offered here. It stays chosen for the other pages."


def _carried() -> Carried:
    found: Carried = st.session_state.get(_SESSION) or Carried()
    return found
