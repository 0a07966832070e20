"""A page in parts, of which one is open: what stands above each, and the switch between them in the page's head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

PART: Final = "part"  # the parameter of links that names one


@dataclass(frozen=True)
class Part:
    """What stands above a part."""

    label: str  # on the switch
    title: str  # the question that it answers
    hint: str  # what to try


def part_switch(parts: Mapping[str, Part], *, label: str, key: str) -> None:
    """Draw the switch. `label` names it for who does not see it; `st.session_state[key]` holds the name of the open part."""
    st.segmented_control(
        label,
        list(parts),
        format_func=lambda name: parts[name].label,
        key=key,
        persist_state="session",
        required=True,
        label_visibility="collapsed",
    )
