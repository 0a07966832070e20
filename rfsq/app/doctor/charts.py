"""The numbers of a report as pictures."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.doctor.pictures import MOST_STAGES, DoctorPictures
from rfsq.app.doctor.session import STAGE
from rfsq.app.shared.chart import draw_chart
from rfsq.evidence.statements import HALF_SPACING
from rfsq.figures.codes import code_counts
from rfsq.figures.level_shares import level_shares
from rfsq.figures.stage_bars import stage_entropy, stage_signal_bars
from rfsq.style.palette import Theme


def entropy_chart(pictures: DoctorPictures, theme: Theme) -> go.Figure:
    """Entropy of each stage."""
    return stage_entropy(pictures.entropies, pictures.possible, theme=theme)


def signal_chart(pictures: DoctorPictures, theme: Theme) -> go.Figure | None:
    """Signal of each stage in level spacings; None where it cannot be seen."""
    if all(signal is None for signal in pictures.signals):
        return None
    most = max((len(channel) for stage in pictures.shares for channel in stage), default=2)
    return stage_signal_bars(pictures.signals, weak=HALF_SPACING, levels=most, theme=theme)


def show_charts(pictures: DoctorPictures, theme: Theme, narrow: bool) -> None:
    """Draw those that can be drawn, and say of the others why not."""
    draw_chart(entropy_chart(pictures, theme), key="doctor-entropy", alt="Entropy of each stage")
    signal = signal_chart(pictures, theme)
    if signal is not None:
        draw_chart(signal, key="doctor-signal", alt="Signal of each stage in level spacings")
    elif not pictures.signals:
        st.caption(
            "The signal that each stage rounds cannot be drawn: it needs latents, and what each stage adds (quantized latents "
            "with an axis of stages before all others)."
        )
    _show_levels(pictures, theme, narrow)
    if pictures.counts:
        sizes = pictures.sizes[: len(pictures.counts)]
        used = code_counts(pictures.counts, sizes, theme=theme, columns=2)
        draw_chart(used, key="doctor-use", alt="How often each code is used")
        if len(pictures.sizes) > MOST_STAGES:
            st.caption(f"The first {MOST_STAGES} of {len(pictures.sizes)} stages.")
    else:
        st.caption("The use of the codes cannot be drawn: an index lies outside its codebook.")


def _show_levels(pictures: DoctorPictures, theme: Theme, narrow: bool) -> None:
    stages = stages_with_levels(pictures)
    if not stages:
        if not pictures.shares:
            st.caption(
                "Levels by channel cannot be drawn: they are read off quantized latents stage by stage, or off the indices "
                "where the levels are said."
            )
        return
    if st.session_state.get(STAGE) not in stages:
        st.session_state[STAGE] = stages[0]
    if len(stages) > 1:
        st.segmented_control("Levels of stage", stages, key=STAGE, persist_state="session", required=True, wrap=True)
    channels = pictures.shares[st.session_state[STAGE] - 1]
    draw_chart(
        level_shares(channels, theme=theme, columns=3 if narrow else 5),
        key="doctor-levels-chart",
        alt=f"How often each level is taken in stage {st.session_state[STAGE]}",
    )


def stages_with_levels(pictures: DoctorPictures) -> list[int]:
    """Numbers of the stages whose levels are known, from 1."""
    return [number for number, channels in enumerate(pictures.shares, start=1) if channels]
