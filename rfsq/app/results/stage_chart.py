"""Where each strategy spends its bits: the controls, and the chart of one measure per stage."""

from __future__ import annotations

import streamlit as st

from rfsq.app.results.session import FAMILY, MEASURE, current_settings
from rfsq.app.results.stages import FAMILIES, FAMILY_NAMES, MEASURE_WORDS, MEASURES, present, stage_figure
from rfsq.app.shared.chart import draw_chart
from rfsq.evidence.results import Results
from rfsq.style.palette import Theme


def show_stages(results: Results, theme: Theme, narrow: bool) -> None:
    """Draw the controls and the chart."""
    st.header("Where does each strategy spend its bits?", anchor="stages")
    with st.container(key="stages-controls", horizontal=True):
        st.segmented_control(
            "Models",
            [key for key in FAMILIES if present(results, FAMILIES[key])],
            format_func=FAMILY_NAMES.__getitem__,
            key=FAMILY,
            persist_state="session",
            required=True,
            wrap=True,
        )
        st.segmented_control(
            "Measure",
            list(MEASURES),
            format_func=MEASURES.__getitem__,
            key=MEASURE,
            persist_state="session",
            required=True,
            wrap=True,
        )
    settings = current_settings(results)
    measure, names = settings.measure, present(results, FAMILIES[settings.family])
    draw_chart(
        stage_figure(results, names, measure, theme, narrow),
        key="results-stages",
        alt=f"{MEASURES[measure]} per stage",
    )
    st.caption(MEASURE_WORDS[measure])
