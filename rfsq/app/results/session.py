"""What the Results page remembers of a session: the values of its controls, and the dot that was clicked."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from rfsq.app.results.baselines import Dot
from rfsq.app.results.settings import ResultsSettings, read_results_link
from rfsq.app.shared.link_notice import link_values
from rfsq.evidence.results import Results

# Keys of the controls. Streamlit keeps their values while the session lasts (`persist_state="session"`).
METRIC, FAMILY, MEASURE = "results-metric", "results-family", "results-measure"
FIRST, SECOND = "pair-one", "pair-other"
_SESSION = "results"


@dataclass
class ResultsSession:
    """What no control holds."""

    opened: ResultsSettings  # by a link, or the first view: while they stand, so do the notes
    notes: tuple[str, ...]  # a sentence for each value of the link that was replaced
    dot: Dot | None


def session(results: Results) -> ResultsSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        settings, notes = read_results_link(link_values(), results)
        state[_SESSION] = ResultsSession(settings, notes, settings.dot)
        values = (settings.metric, settings.family, settings.measure, settings.first, settings.second)
        for key, value in zip((METRIC, FAMILY, MEASURE, FIRST, SECOND), values, strict=True):
            state[key] = value
    found: ResultsSession = state[_SESSION]
    return found


def current_settings(results: Results) -> ResultsSettings:
    """The settings as the controls stand."""
    state = st.session_state
    memory = session(results)
    return ResultsSettings(state[METRIC], state[FAMILY], state[MEASURE], state[FIRST], state[SECOND], memory.dot)
