"""The controls of the Rate–distortion page: which models, which score, which file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from rfsq.app.rate_distortion.session import (
    CHROMA,
    METRIC,
    MODEL,
    MODELS,
    SHOWN_BLOCKS,
    SIZE,
    current_settings,
    stages_key,
)
from rfsq.app.rate_distortion.settings import (
    BLOCKS,
    MAX_MODELS,
    WORKING_SIZES,
    Blocks,
    RdSettings,
    blocks_of,
    measured_metrics,
)
from rfsq.app.shared.working_photo import SIZES
from rfsq.codec.other_formats import CHROMAS
from rfsq.codec.rate_distortion import StageFile
from rfsq.figures.metric import METRICS
from rfsq.style.palette import label_of

_BLOCK_NAMES: dict[Blocks, str] = {"fine": "4 × 4", "coarse": "8 × 8, 16 × 16"}


@dataclass(frozen=True, eq=False)
class ChosenFile:
    """The file of ours that the rule in the chart and the pictures below it show."""

    model: str
    file: StageFile


def controls(available: Sequence[str]) -> RdSettings:
    """Draw the controls of the whole page."""
    with st.container(key="rd-controls", horizontal=True, vertical_alignment="bottom"):
        if {blocks_of(name) for name in available} == set(BLOCKS):
            st.segmented_control(
                "Pixels a token",
                BLOCKS,
                format_func=_BLOCK_NAMES.__getitem__,
                key=SHOWN_BLOCKS,
                persist_state="session",
                required=True,
                help="The block of pixels that one token stands for. Larger blocks make smaller files.",
            )
        blocks: Blocks = st.session_state[SHOWN_BLOCKS]
        st.multiselect(
            "Our models, up to three",
            [name for name in available if blocks_of(name) == blocks],
            format_func=label_of,
            max_selections=MAX_MODELS,
            key=MODELS[blocks],
            persist_state="session",
        )
        st.segmented_control(
            "Metric",
            measured_metrics(),
            format_func=lambda key: METRICS[key].short,
            key=METRIC,
            persist_state="session",
            required=True,
        )
        with st.popover("More", key="rd-more"):
            st.segmented_control(
                "Working size",
                WORKING_SIZES,
                format_func=SIZES.__getitem__,
                key=SIZE,
                persist_state="session",
                required=True,
            )
            st.segmented_control(
                "Colour of JPEG and AVIF",
                CHROMAS,
                key=CHROMA,
                persist_state="session",
                required=True,
                help="At half the resolution in both directions (4:2:0, what most programs write), or at the full one (4:4:4). "
                "WebP knows the half only.",
            )
    return current_settings(available)


def choose_file(files: Mapping[str, Sequence[StageFile]], settings: RdSettings) -> ChosenFile:
    """Draw the controls that choose one file of those that were made."""
    with st.container(key="rd-point", horizontal=True, vertical_alignment="bottom"):
        model = settings.model if settings.model in files else next(iter(files))
        if len(files) > 1:
            st.segmented_control(
                "File of",
                list(files),
                format_func=label_of,
                key=MODEL,
                persist_state="session",
                required=True,
                wrap=True,
            )
        count = len(files[model])
        key = stages_key(count)
        stages: int = st.session_state.setdefault(key, count)
        if count > 1:
            st.segmented_control(
                "cut after stage", range(1, count + 1), key=key, persist_state="session", required=True
            )
    return ChosenFile(model, files[model][stages - 1])
