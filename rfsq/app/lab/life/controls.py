"""The controls of the part; a link may hide each of them."""

from __future__ import annotations

import streamlit as st

from rfsq.app.lab import runs
from rfsq.app.lab.life.session import ACROSS, UP, key_of, take_controls
from rfsq.app.lab.life.settings import COMMITMENTS, ENCODER_NAMES, RATES, START_NAMES, LifeView
from rfsq.app.lab.settings import MAX_SEED, SOURCE_NAMES
from rfsq.teaching.lab.life import CODE_COUNTS, METHODS, SEEDS


def controls(settings: LifeView) -> None:
    """Draw the controls that the settings do not hide."""
    with st.container(key="life-controls", horizontal=True, vertical_alignment="bottom"):
        if "source" not in settings.hide:
            st.selectbox(
                "Source",
                list(SOURCE_NAMES),
                format_func=SOURCE_NAMES.__getitem__,
                key=key_of("source"),
                persist_state="session",
                filter_mode=None,
                on_change=take_controls,
            )
        if "start" not in settings.hide:
            st.segmented_control(
                "Start",
                list(START_NAMES),
                format_func=START_NAMES.__getitem__,
                key=key_of("start"),
                persist_state="session",
                required=True,
                on_change=take_controls,
                help="Where codes begin, or, with “latents far away”, where the encoder does. FSQ and LFQ have no codes to "
                "place, and SimVQ's frozen ones are Gaussian: they are the same for both starts of codes.",
            )
        if "encoder" not in settings.hide:
            st.segmented_control(
                "Encoder",
                list(ENCODER_NAMES),
                format_func=ENCODER_NAMES.__getitem__,
                key=key_of("encoder"),
                persist_state="session",
                required=True,
                on_change=take_controls,
                help="Frozen: the latents stay as they begin, and only codes and decoder learn.",
            )
        if "codes" not in settings.hide:
            st.segmented_control(
                "Codes",
                CODE_COUNTS,
                key=key_of("codes"),
                persist_state="session",
                required=True,
                on_change=take_controls,
                help="The same number for all: FSQ has it as levels of two channels, LFQ as the signs of 2 to 6 channels.",
            )
        if "more" not in settings.hide:
            with st.popover("More", key="life-more"):
                _rare_choices(settings)


def _rare_choices(settings: LifeView) -> None:
    st.pills(
        "Methods",
        list(METHODS),
        selection_mode="multi",
        format_func=lambda name: METHODS[name].label,
        key=key_of("methods"),
        persist_state="session",
        on_change=take_controls,
    )
    for name, label, choices in (
        ("rate", "Learning rate (Adam)", RATES),
        ("commitment", "Commitment weight", COMMITMENTS),
        ("drawn", "Seed that is drawn as points", range(1, SEEDS + 1)),
    ):
        st.segmented_control(
            label,
            choices,
            format_func="{:g}".format,
            key=key_of(name),
            persist_state="session",
            required=True,
            on_change=take_controls,
        )
    st.number_input(
        "Seed",
        0,
        MAX_SEED,
        key=key_of("seed"),
        persist_state="session",
        on_change=take_controls,
        help=f"Other samples, and {SEEDS} other sets of first codes, weights and batches.",
    )
    if settings.uses_photo:
        last = runs.latent_channels() or 1
        for key, label in ((ACROSS, "Channel across"), (UP, "Channel up")):
            st.segmented_control(
                label,
                range(last),
                format_func=lambda channel: str(channel + 1),
                key=key,
                persist_state="session",
                required=True,
                on_change=take_controls,
            )
