"""Controls of the Lab: buttons of which one is pressed, menus, and those that several parts draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from rfsq.app.lab import runs
from rfsq.app.lab.sampled import MAX_SEED, SOURCE_NAMES

Names = Mapping[Any, str] | Sequence[Any]
OnChange = Callable[[], None] | None


def choice(label: str, names: Names, key: str, on_change: OnChange = None, **looks: Any) -> None:
    """Draw buttons of which one is always pressed. names: what can be chosen, with what it is called where that is not
    what it is; looks: further arguments of `st.segmented_control`."""
    st.segmented_control(
        label,
        list(names),
        format_func=_called(names),
        key=key,
        persist_state="session",
        required=True,
        on_change=on_change,
        **looks,
    )


def menu(label: str, names: Names, key: str, on_change: OnChange = None, **looks: Any) -> None:
    """Draw a list that opens, for more than buttons have room for. looks: further arguments of `st.selectbox`."""
    st.selectbox(
        label,
        list(names),
        format_func=_called(names),
        key=key,
        persist_state="session",
        filter_mode=None,
        on_change=on_change,
        **looks,
    )


def seed_control(key: str, on_change: OnChange = None, **looks: Any) -> None:
    """Draw the number that draws other samples."""
    st.number_input("Seed", 0, MAX_SEED, key=key, persist_state="session", on_change=on_change, **looks)


def source_control(key: str, on_change: OnChange) -> None:
    """Draw the choice of a source."""
    menu("Source", SOURCE_NAMES, key, on_change)


def channel_controls(keys: tuple[str, str], on_change: OnChange) -> None:
    """Draw the choice of two channels of the photo's latents."""
    numbers = {channel: str(channel + 1) for channel in range(runs.latent_channels() or 1)}
    for label, key in zip(("Channel across", "Channel up"), keys, strict=True):
        choice(label, numbers, key, on_change)


def _called(names: Names) -> Callable[[Any], str]:
    return names.__getitem__ if isinstance(names, Mapping) else str
