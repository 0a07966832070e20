"""The controls of the Rate–distortion page: which models, which score, which file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import streamlit as st

from rfsq.app.shared.working_photo import SIZES
from rfsq.codec.other_formats import CHROMAS, Chroma
from rfsq.codec.rate_distortion import RdMetric, StageFile
from rfsq.figures.metric import METRICS
from rfsq.style.palette import label_of

FIRST = ("rfsq-4x1024-grouped", "rfsq-4x1024-layernorm")
MAX_MODELS = 3
MEASURED: tuple[RdMetric, ...] = get_args(RdMetric)
# 33 files of each photo are written: full size would take minutes
WORKING_SIZES = tuple(key for key in SIZES if key != "full")
MODELS, METRIC, SIZE, CHROMA, MODEL = (
    "rd-models",
    "rd-metric",
    "rd-size",
    "rd-chroma",
    "rd-model",
)  # keys of the controls


@dataclass(frozen=True)
class RdSettings:
    """What is compared."""

    models: tuple[str, ...]
    metric: RdMetric
    size: str  # one of WORKING_SIZES
    chroma: Chroma  # of JPEG and AVIF


@dataclass(frozen=True, eq=False)
class ChosenFile:
    """The file of ours that the rule in the chart and the pictures below it show."""

    model: str
    file: StageFile


def controls(available: Sequence[str]) -> RdSettings:
    """Draw the controls of the whole page."""
    with st.container(key="rd-controls", horizontal=True, vertical_alignment="bottom"):
        models = st.multiselect(
            "Our models, up to three",
            available,
            default=[name for name in FIRST if name in available] or available[:1],
            format_func=label_of,
            max_selections=MAX_MODELS,
            key=MODELS,
            persist_state="session",
        )
        metric = st.segmented_control(
            "Metric",
            MEASURED,
            format_func=lambda key: METRICS[key].short,
            key=METRIC,
            persist_state="session",
            default=MEASURED[0],
            required=True,
        )
        size = st.segmented_control(
            "Working size",
            WORKING_SIZES,
            format_func=SIZES.__getitem__,
            key=SIZE,
            persist_state="session",
            default="256",
            required=True,
        )
        with st.popover("More", key="rd-more"):
            chroma = st.segmented_control(
                "Colour of JPEG and AVIF",
                CHROMAS,
                key=CHROMA,
                persist_state="session",
                default=CHROMAS[0],
                required=True,
                help="At half the resolution in both directions (4:2:0, what most programs write), or at the full one (4:4:4). "
                "WebP knows the half only.",
            )
    return RdSettings(tuple(models), metric, size, chroma)


def choose_file(files: Mapping[str, Sequence[StageFile]]) -> ChosenFile:
    """Draw the controls that choose one file of those that were made."""
    with st.container(key="rd-point", horizontal=True, vertical_alignment="bottom"):
        model = next(iter(files))
        if len(files) > 1:
            model = st.segmented_control(
                "File of", list(files), format_func=label_of, key=MODEL, default=model, required=True
            )
        count = stages = len(files[model])
        if count > 1:
            stages = st.segmented_control(
                "cut after stage", range(1, count + 1), key=f"rd-stages-{count}", default=count, required=True
            )
    return ChosenFile(model, files[model][stages - 1])
