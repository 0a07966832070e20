"""The Results page: who wins at equal bits, and by how much, on photos that no model has seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from rfsq.app.look import current_theme, page_head
from rfsq.app.results.bits import choose_metric, show_bits
from rfsq.app.results.finding_list import show_findings
from rfsq.app.results.loss_search import show_loss_search
from rfsq.app.results.low_rate_goals import show_low_rate_goals
from rfsq.app.results.low_rates import show_low_rates
from rfsq.app.results.more_steps import show_more_steps
from rfsq.app.results.pair import show_pair
from rfsq.app.results.session import current_settings, session
from rfsq.app.results.settings import ResultsSettings, write_results_link
from rfsq.app.results.slides import results_slides
from rfsq.app.results.stack_list import show_stack_findings
from rfsq.app.results.stage_chart import show_stages
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.narrow import narrow_page
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.talk_view import talking
from rfsq.evidence.paper.tables import paper_table, readings_table
from rfsq.evidence.results import Results, load_results
from rfsq.evidence.stored import ResultsError
from rfsq.figures.metric import Metric
from rfsq.style.palette import Theme, label_of

TITLE = "Who wins at equal bits, and by how much?"
TRY = "Look at one band at a time: only models in the same band cost the same. Click a dot to see that model on the photo."


def results_page() -> None:
    """Draw the page from `checkpoints/results.json`."""
    page_head(TITLE, TRY)
    try:
        results = load_results()
    except ResultsError as error:
        st.error(str(error))
        return
    if results is None or not results.models:
        st.info(
            "There are no results in this copy yet. Measure them on a folder of pictures:  \n"
            "`python -m rfsq results --images DIR`"
        )
        return
    theme, narrow, memory = current_theme(), narrow_page(), session(results)
    link_notice(memory.notes if current_settings(results) == memory.opened else ())
    st.caption(
        f"{results.images} photos of `{results.folder}` that no model was trained on; made by `{results.command}`. "
        f"{_runs_words(results)} Whiskers: 95 % bootstrap intervals over the photos; all models saw the same ones, so "
        "overlapping whiskers are no draw: [compare two models photo by photo](#pair)."
    )
    metric = choose_metric(results)
    if talking():
        with st.container(key="results-show", horizontal=True):
            with st.container():
                show_pair(results, metric, theme)
            with st.container():
                show_stages(results, theme, narrow)
        _keep(results, metric, theme)
        return
    show_bits(results, metric, theme, narrow)
    show_stages(results, theme, narrow)
    show_stack_findings(results, theme, narrow)
    show_low_rates(theme, narrow)
    show_low_rate_goals(theme, narrow)
    show_more_steps(theme, narrow)
    _show_paper(results, theme)
    show_pair(results, metric, theme)
    show_findings(results, theme, narrow)
    show_loss_search(theme, narrow)
    _keep(results, metric, theme)


def _keep(results: Results, metric: Metric, theme: Theme) -> None:
    settings = current_settings(results)
    with keep_row():
        slides_box(partial(results_slides, results, metric, theme))
        with st.container(width="content"):
            copy_link(write_results_link(settings), untouched=settings == ResultsSettings())


def _runs_words(results: Results) -> str:
    """How often the models were trained, and how far their runs lie apart."""
    again = {name: model for name, model in results.models.items() if model.runs}
    if not again:
        return "One training run each."
    spread = {name: float(np.ptp(np.mean(model.of_all_runs("psnr_db"), axis=1))) for name, model in again.items()}
    widest = max(spread, key=lambda name: spread[name])
    return (
        f"{len(again)} of {len(results.models)} models were trained {_range([1 + len(model.runs) for model in again.values()])} "
        f"times with different seeds: upright strokes are the other runs. The runs of one model lie within "
        f"{np.median(list(spread.values())):.2f} dB in the median, at most {spread[widest]:.2f} dB ({label_of(widest)}). Where "
        "two models were trained so, their difference is over all runs and its interval covers the choice of a seed."
    )


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def _show_paper(results: Results, theme: Theme) -> None:
    st.header("The paper's table beside ours", anchor="paper")
    st.html(paper_table(results).html(theme, kind="stacks"))
    st.caption(
        "Theirs: ImageNet, L1 + LPIPS loss, a pixel scale that the paper does not state. Ours: L1 loss, L1 on [−1, 1]. "
        "Compare rows inside one half, never across. The table is that of version 1 of the paper, which called "
        "all nine 12 bit; bits are those of its later versions."
    )
    st.subheader("What of the paper's claims holds?", anchor=False)
    st.html(readings_table(results).html(theme, kind="prose stacks"))
