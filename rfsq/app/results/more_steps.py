"""What more training would give at low rates: one network, trained for more and fewer steps."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.finding import Look, show_finding
from rfsq.evidence.few_bits.file import load_few_bits
from rfsq.evidence.few_bits.networks import FewBits
from rfsq.evidence.few_bits.words import how_words, step_curves, steps_finding
from rfsq.evidence.stored import ResultsError
from rfsq.figures.training_length import training_length
from rfsq.style.palette import Theme


def show_more_steps(theme: Theme, narrow: bool) -> None:
    """Draw the finding with its picture; nothing where no trainings of several lengths were measured."""
    try:
        few = load_few_bits()
    except ResultsError:  # said where the larger blocks are
        return
    finding = None if few is None else steps_finding(few)
    if few is None or finding is None:
        return
    show_finding(finding, steps_picture(few, Look(theme, narrow)))
    st.caption(f"{how_words(few)}. Of these networks only the longest trained is in this copy.")


def steps_picture(few: FewBits, look: Look) -> go.Figure:
    title = f"One network trained {len(few.by_steps)} times, {few.images} photos"
    return training_length(step_curves(few), title=title, theme=look.theme, narrow=look.narrow)
