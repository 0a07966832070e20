"""The Results page: what was measured on photos that no model has seen, in parts, of which one is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import streamlit as st

from rfsq.app.look import current_theme, page_head
from rfsq.app.results.bits import choose_metric, show_bits
from rfsq.app.results.few_bits import show_few_bits
from rfsq.app.results.finding import Look
from rfsq.app.results.finding_list import show_findings
from rfsq.app.results.loss_search import show_loss_search
from rfsq.app.results.low_rate_goals import show_low_rate_goals
from rfsq.app.results.low_rates import show_low_rates
from rfsq.app.results.measured import measured_words
from rfsq.app.results.more_steps import show_more_steps
from rfsq.app.results.pair import show_pair
from rfsq.app.results.paper import show_paper
from rfsq.app.results.parts import BITS, FINDINGS, PAPER, PARTS, RATES, STACKS
from rfsq.app.results.session import PART, current_settings, session
from rfsq.app.results.settings import ResultsSettings, write_results_link
from rfsq.app.results.slides import has_slides, results_slides
from rfsq.app.results.stack_list import show_stack_findings
from rfsq.app.results.stage_chart import show_stages
from rfsq.app.results.talk import show_to_a_room
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.narrow import narrow_page
from rfsq.app.shared.page_parts import part_switch
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.talk_view import talking
from rfsq.evidence.results import Results, load_results
from rfsq.evidence.stored import ResultsError
from rfsq.figures.metric import METRICS
from rfsq.style.palette import Theme


def results_page() -> None:
    """Draw the page from `checkpoints/results.json`."""
    results = _results()
    if results is None:
        return
    theme, narrow, memory = current_theme(), narrow_page(), session(results)
    settings = current_settings(results)
    if talking():
        show_to_a_room(results, settings.part, METRICS[settings.metric], Look(theme, narrow))
    else:
        with page_head(PARTS[settings.part].title, PARTS[settings.part].hint):
            part_switch(PARTS, label="Part of the results", key=PART)
        link_notice(memory.notes if settings == memory.opened else ())
        _DRAW[settings.part](results, theme, narrow)
    _keep(results, theme)


def _results() -> Results | None:
    """What was measured; None where that is nothing, or damaged, which is said."""
    found, problem = None, ""
    try:
        found = load_results()
    except ResultsError as error:
        problem = str(error)
    if found is not None and found.models:
        return found
    page_head(PARTS[BITS].title)
    if problem:
        st.error(problem)
    else:
        st.info(
            "There are no results in this copy yet. Measure them on a folder of pictures:  \n"
            "`python -m rfsq results --images DIR`"
        )
    return None


def _bits(results: Results, theme: Theme, narrow: bool) -> None:
    st.caption(
        f"Whiskers: 95 % intervals over {results.images} photos that no model was trained on; strokes: other training runs. "
        "Overlapping whiskers are no draw: [compare two](#pair)."
    )
    metric = choose_metric(results)
    show_bits(results, metric, theme, narrow)
    st.caption(f"{measured_words(results)} Intervals are bootstrapped; all models saw the same photos.")
    show_stages(results, theme, narrow)
    show_pair(results, metric, theme)


def _rates(results: Results, theme: Theme, narrow: bool) -> None:
    show_low_rates(theme, narrow)
    show_low_rate_goals(theme, narrow)
    show_few_bits(theme, narrow)
    show_more_steps(theme, narrow)
    show_loss_search(theme, narrow)


_DRAW: Final[Mapping[str, Callable[[Results, Theme, bool], None]]] = {
    BITS: _bits,
    FINDINGS: show_findings,
    STACKS: show_stack_findings,
    RATES: _rates,
    PAPER: show_paper,
}


def _keep(results: Results, theme: Theme) -> None:
    settings = current_settings(results)
    with keep_row():
        if has_slides(settings.part):
            slides_box(partial(results_slides, results, settings, theme))
        with st.container(width="content"):
            copy_link(write_results_link(settings), untouched=settings == ResultsSettings())
