"""What the Results page remembers of a session: the values of its controls, and the dot that was clicked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from rfsq.app.results.baselines import Dot
from rfsq.app.results.settings import ResultsSettings, read_results_link
from rfsq.app.shared.link_notice import link_values
from rfsq.evidence.results import Results

# Keys of the controls. Streamlit keeps their values while the session lasts (`persist_state="session"`).
PART, METRIC, FAMILY, MEASURE = "results-part", "results-metric", "results-family", "results-measure"
FIRST, SECOND = "pair-one", "pair-other"
_HELD: Final = {
    PART: "part",
    METRIC: "metric",
    FAMILY: "family",
    MEASURE: "measure",
    FIRST: "first",
    SECOND: "second",
}
_SESSION: Final = "results"


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
        for key, setting in _HELD.items():
            state[key] = getattr(settings, setting)
    found: ResultsSession = state[_SESSION]
    return found


def current_settings(results: Results) -> ResultsSettings:
    """The settings as the controls stand."""
    dot = session(results).dot
    return ResultsSettings(**{setting: st.session_state[key] for key, setting in _HELD.items()}, dot=dot)
