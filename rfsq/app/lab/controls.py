"""The controls of the Lab; a link may hide each of them."""

from __future__ import annotations

import streamlit as st

from rfsq.app.lab.choices import channel_controls, choice, menu, seed_control, source_control
from rfsq.app.lab.sampled import SOURCE_NAMES
from rfsq.app.lab.session import LabSession, session, take_controls
from rfsq.app.lab.settings import BASE_NAMES, SAME, LabSettings
from rfsq.app.shared.conditioning_help import CONDITIONING_HELP
from rfsq.quantizers import CONDITIONINGS
from rfsq.quantizers.conditioning import described
from rfsq.teaching.lab.stacks import MAX_LEVELS, MAX_STAGES, MIN_LEVELS

EXPLAIN = {
    "none": "none: the remainder is rounded as it is, over the same cells in every stage.",
    "scale": "scale: each stage multiplies by a factor of its own, so its cells are that much finer.",
    "layernorm": "layernorm: mean and spread of the remainder become 0 and 1, measured on these samples and sent along.",
    "layernorm-global": "layernorm-global: as layernorm, with mean and spread frozen where it was fitted; nothing is sent.",
    "geometric": "geometric: the plane is bent into a square by c·tanh(z/c), then each stage refines by a fixed factor "
    "(not in the paper: ResidualFSQ of vector-quantize-pytorch).",
}
VQ_NOTE = "Residual VQ: each stage has a codebook that k-means fitted to what the stage before leaves, so it needs no conditioning."
LFQ_NOTE = " LFQ has two levels in each channel: its stages cost 2 bits."


def controls(settings: LabSettings) -> None:
    """Draw the controls that the settings do not hide, and what the conditioning does."""
    key = LabSession.key
    with (
        session().marked("row", "source", "conditioning", "stages"),
        st.container(key="lab-controls", horizontal=True, vertical_alignment="bottom"),
    ):
        if "source" not in settings.hide:
            source_control(key("source"), take_controls)
        if "conditioning" not in settings.hide:
            choice(
                "Conditioning",
                CONDITIONINGS,
                key("conditioning"),
                take_controls,
                disabled=settings.base == "vq",
                help=CONDITIONING_HELP,
            )
        if "stages" not in settings.hide:
            choice("Stages", range(1, MAX_STAGES + 1), key("stages"), take_controls)
        if "more" not in settings.hide:
            with (
                st.popover("More", key="lab-more"),
                session().marked("more", "base", "levels", "fitted_on", "entropy", "seed", "channels"),
            ):
                _rare_choices(settings)
    explained = EXPLAIN.get(settings.conditioning, described(settings.conditioning)) + (
        LFQ_NOTE if settings.base == "lfq" else ""
    )
    st.caption(VQ_NOTE if settings.base == "vq" else explained)


def _rare_choices(settings: LabSettings) -> None:
    key = LabSession.key
    choice("Quantizer", BASE_NAMES, key("base"), take_controls)
    st.slider(
        "Levels in each channel",
        MIN_LEVELS,
        MAX_LEVELS,
        key=key("levels"),
        persist_state="session",
        on_change=take_controls,
        disabled=settings.base == "lfq",
        help="FSQ has levels² cells; VQ gets as many codes. LFQ always has 2.",
    )
    menu(
        "Fitted on",
        {SAME: "the same source, other samples"} | SOURCE_NAMES,
        key("fitted_on"),
        take_controls,
        help="Where factors, frozen statistics and codebooks come from. A source they do not know is the test.",
    )
    st.toggle(
        "Bits as entropy",
        key=key("entropy"),
        persist_state="session",
        on_change=take_controls,
        help="On the chart of bits: the entropy of each stage's indices instead of log2 of the codebook.",
    )
    seed_control(key("seed"), take_controls, help="Other samples of the same source.")
    if settings.uses_photo:
        channel_controls(LabSession.channel_keys(), take_controls)
