"""The controls of the page "Train your own": what the next run does."""

from __future__ import annotations

import streamlit as st

from rfsq.app.train.prices import price_text
from rfsq.app.train.runs import SECONDS
from rfsq.app.train.session import BASE, DATA_KEY, SECONDS_KEY, SEED, take_base
from rfsq.app.train.settings import DATA, MAX_SEED, duration_text
from rfsq.training.live import CHOICES


def controls() -> None:
    """Draw the controls."""
    with st.container(key="train-controls", horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Quantizer",
            CHOICES,
            format_func=price_text,
            key=BASE,
            persist_state="session",
            on_change=take_base,
            filter_mode=None,
            help="The price of one 4×4 block, before entropy coding, stands beside each name.",
        )
        st.segmented_control(
            "Learn from",
            list(DATA),
            format_func=DATA.__getitem__,
            key=DATA_KEY,
            persist_state="session",
            required=True,
        )
        st.segmented_control(
            "For",
            SECONDS,
            format_func=duration_text,
            key=SECONDS_KEY,
            persist_state="session",
            required=True,
        )
        with st.popover("More"):
            st.number_input(
                "Seed",
                0,
                MAX_SEED,
                key=SEED,
                persist_state="session",
                step=1,
                help="Decides the first weights and the crops. The same seed begins alike.",
            )
