"""The controls of a stack around one network: levels, stages, base, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Collection

import streamlit as st

from rfsq.app.compare.session import BASE, DEPTH, LEVELS, NETWORK, SINGLE, enter_preset
from rfsq.app.compare.settings import BASES, Settings
from rfsq.app.compare.stacks import equal_bits, networks
from rfsq.model.stack import OFFERED_LEVELS, OFFERED_STAGES
from rfsq.model.zoo import ZOO
from rfsq.style.palette import label_of
from rfsq.style.wording import format_bits, format_bpp


def stack_controls(settings: Settings, available: Collection[str]) -> None:
    """Draw them. What is chosen rarely stands behind a button."""
    st.select_slider(
        "Levels",
        OFFERED_LEVELS,
        key=LEVELS,
        persist_state="session",
        disabled=settings.base == "lfq",
        help="Values that each channel can take in one stage. LFQ has two.",
        width=150,
    )
    st.slider("Stages", 1, OFFERED_STAGES, key=DEPTH, persist_state="session", on_change=enter_preset, width=150)
    with st.popover(_price(settings), key="stack_more"):
        choices = equal_bits(settings)
        if len(choices) > 1 and settings.base == "fsq":
            st.caption("The same bits in other ways")
            with st.container(horizontal=True, key="same_bits"):
                for levels, stages in choices:
                    st.button(
                        f"{stages} × {levels} levels",
                        key=f"same-bits-{levels}-{stages}",
                        disabled=(levels, stages) == (settings.levels, settings.depth),
                        on_click=_trade,
                        args=(levels, stages),
                    )
        st.toggle(
            "Also one FSQ of the same bits",
            key=SINGLE,
            persist_state="session",
            disabled=settings.base != "fsq" or settings.depth == 1,
            help="All levels in a single rounding, with its best gain.",
        )
        st.segmented_control(
            "Base quantizer",
            list(BASES),
            format_func=BASES.__getitem__,
            key=BASE,
            persist_state="session",
            required=True,
            help="VQ has as many codes a stage as FSQ with these levels, and k-means finds them, which takes seconds.",
        )
        st.selectbox(
            "Network", networks(available), format_func=label_of, key=NETWORK, persist_state="session", filter_mode=None
        )


def _trade(levels: int, stages: int) -> None:
    st.session_state[LEVELS], st.session_state[DEPTH] = levels, stages
    enter_preset()


def _price(settings: Settings) -> str:
    """ "20 bits/token · 1.25 bpp": of all stages, side information apart."""
    network = ZOO[settings.network]
    levels = 2 if settings.base == "lfq" else settings.levels
    bits = settings.depth * network.dim * math.log2(levels)  # also of a stack that no index could hold
    return f"{format_bits(bits)}/token · {format_bpp(bits / network.stride**2)}"
