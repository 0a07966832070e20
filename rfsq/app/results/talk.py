"""What a room sees of the Results page: of the first part the pair and the stages, of the others their first finding."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.look import page_head
from rfsq.app.results.finding import Look, finding_chart
from rfsq.app.results.finding_list import PICTURES
from rfsq.app.results.low_rates import low_rate_picture, low_rates
from rfsq.app.results.pair import show_pair
from rfsq.app.results.parts import FINDINGS, RATES, STACKS
from rfsq.app.results.stack_list import PICTURES as STACK_PICTURES
from rfsq.app.results.stage_chart import show_stages
from rfsq.evidence.findings import findings
from rfsq.evidence.results import Results
from rfsq.evidence.stacks.findings import stack_findings
from rfsq.evidence.stacks.grid import load_grid
from rfsq.evidence.statements import Finding
from rfsq.evidence.stored import ResultsError
from rfsq.figures.metric import Metric


def show_to_a_room(results: Results, part: str, metric: Metric, look: Look) -> None:
    """Draw it, with the claim as the page's title where it is a finding."""
    shown = _first_finding(results, part, look)
    if shown is not None:
        finding, figure = shown
        page_head(finding.claim)
        finding_chart(finding, figure)
        return
    page_head("Which of two is better, and what do the stages round?")
    with st.container(key="results-show", horizontal=True):
        with st.container():
            show_pair(results, metric, look.theme)
        with st.container():
            show_stages(results, look.theme, look.narrow)


def _first_finding(results: Results, part: str, look: Look) -> tuple[Finding, go.Figure] | None:
    """With its picture; None of a part that has none, or whose file is missing or damaged."""
    try:
        if part == FINDINGS and (found := findings(results)):
            return found[0], PICTURES[found[0].key](results, found[0], look)
        if part == STACKS and (grid := load_grid()) is not None and (found := stack_findings(results, grid)):
            return found[0], STACK_PICTURES[found[0].key](results, grid, look)
        if part == RATES and (weighed := low_rates()) is not None:
            gallery, finding = weighed
            return finding, low_rate_picture(gallery, look)
    except ResultsError:
        pass
    return None
