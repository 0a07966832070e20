"""One finding on the page: a claim as a heading, one picture, two sentences, and the models in Compare."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.compare_button import compare_button
from rfsq.app.shared.chart import draw_chart
from rfsq.evidence.statements import Finding
from rfsq.style.palette import Theme


@dataclass(frozen=True)
class Look:
    """How the viewer's page looks, or a slide."""

    theme: Theme
    narrow: bool
    only: Collection[str] | None = None  # bands that are drawn of a chart that has bands; None for all


def show_finding(finding: Finding, figure: go.Figure) -> None:
    """Draw it."""
    st.subheader(finding.claim, anchor=finding.key)
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="top")
    with picture:
        finding_chart(finding, figure)
    with words:
        st.markdown(finding.sentences)
        if finding.models:
            compare_button(finding.models, f"finding-open-{finding.key}")


def finding_chart(finding: Finding, figure: go.Figure) -> None:
    """Draw its picture alone."""
    draw_chart(figure, key=f"finding-chart-{finding.key}", alt=finding.claim)
