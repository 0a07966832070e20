"""The switch between the parts of the Lab, and which of them is open."""

from __future__ import annotations

from typing import Final

import streamlit as st

from rfsq.app.lab.parts import parts_here, read_part
from rfsq.app.shared import page_parts
from rfsq.app.shared.link_notice import link_values
from rfsq.app.shared.link_reader import LinkReader, LinkValues

_SWITCH: Final = "lab-part"


def open_part() -> str:
    """The name of the part that is open: the one of the link, until the switch is moved."""
    if st.session_state.get(_SWITCH) not in parts_here():
        st.session_state[_SWITCH] = read_part(LinkReader(link_values()))
    return str(st.session_state[_SWITCH])


def part_switch() -> None:
    """Draw the switch."""
    page_parts.part_switch(parts_here(), label="Part of the Lab", key=_SWITCH)


def values_for(part: str) -> LinkValues:
    """What the page's address holds for this part: nothing, if it leads to another one."""
    values = link_values()
    return values if read_part(LinkReader(values)) == part else {}
