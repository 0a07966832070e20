"""The controls of the part; a link may hide each of them."""

from __future__ import annotations

import streamlit as st

from rfsq.app.lab.choices import channel_controls, choice, seed_control, source_control
from rfsq.app.lab.life.session import LifeSession, session, take_controls
from rfsq.app.lab.life.settings import COMMITMENTS, ENCODER_NAMES, RATES, START_NAMES, LifeView
from rfsq.teaching.lab.life import CODE_COUNTS, METHODS, SEEDS


def controls(settings: LifeView) -> None:
    """Draw the controls that the settings do not hide."""
    key = LifeSession.key
    with (
        session().marked("row", "source", "start", "encoder", "codes"),
        st.container(key="life-controls", horizontal=True, vertical_alignment="bottom"),
    ):
        if "source" not in settings.hide:
            source_control(key("source"), take_controls)
        if "start" not in settings.hide:
            choice(
                "Start",
                START_NAMES,
                key("start"),
                take_controls,
                help="Where codes begin, or, with “latents far away”, where the encoder does. FSQ and LFQ have no codes to "
                "place, and SimVQ's frozen ones are Gaussian: they are the same for both starts of codes.",
            )
        if "encoder" not in settings.hide:
            choice(
                "Encoder",
                ENCODER_NAMES,
                key("encoder"),
                take_controls,
                help="Frozen: the latents stay as they begin, and only codes and decoder learn.",
            )
        if "codes" not in settings.hide:
            choice(
                "Codes",
                CODE_COUNTS,
                key("codes"),
                take_controls,
                help="The same number for all: FSQ has it as levels of two channels, LFQ as the signs of 2 to 6 channels.",
            )
        if "more" not in settings.hide:
            with (
                st.popover("More", key="life-more"),
                session().marked("more", "methods", "rate", "commitment", "drawn", "seed", "channels"),
            ):
                _rare_choices(settings)


def _rare_choices(settings: LifeView) -> None:
    key = LifeSession.key
    st.pills(
        "Methods",
        list(METHODS),
        selection_mode="multi",
        format_func=lambda name: METHODS[name].label,
        key=key("methods"),
        persist_state="session",
        on_change=take_controls,
    )
    choice("Learning rate (Adam)", RATES, key("rate"), take_controls)
    choice("Commitment weight", {weight: f"{weight:g}" for weight in COMMITMENTS}, key("commitment"), take_controls)
    choice("Seed that is drawn as points", range(1, SEEDS + 1), key("drawn"), take_controls)
    seed_control(
        key("seed"),
        take_controls,
        help=f"Other samples, and {SEEDS} other sets of first codes, weights and batches.",
    )
    if settings.uses_photo:
        channel_controls(LifeSession.channel_keys(), take_controls)
