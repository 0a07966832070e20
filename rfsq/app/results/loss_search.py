"""Which perceptual term: trainings that differ in nothing else, and what each metric says of them."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.finding import Look, show_finding
from rfsq.app.results.stored import measured_or_said
from rfsq.evidence.loss_search.search import LossSearch, load_search
from rfsq.evidence.loss_search.words import (
    NETWORK,
    kept_words,
    measured_words,
    noise_words,
    search_finding,
    search_table,
    weight_words,
)
from rfsq.figures.loss_search import TermPoint, term_panels
from rfsq.style.palette import Theme

_MEASURED = {"AlexNet": "st_lpips", "VGG": "st_lpips_vgg"}


def show_loss_search(theme: Theme, narrow: bool) -> None:
    """Draw the finding with its picture, the words on the weight, and the table."""
    st.header("Which perceptual term?", anchor="perceptual-terms")
    search = measured_or_said(
        load_search,
        "No other perceptual terms were measured in this copy yet: `python -m rfsq results --search DIR`.",
    )
    if search is None:
        return
    if (finding := search_finding(search)) is not None:
        show_finding(finding, search_picture(search, Look(theme, narrow)))
    st.markdown("\n\n".join(filter(None, [weight_words(search), noise_words(search)])))
    with st.expander("All trainings, with intervals and the paired difference to AlexNet × 0.1"):
        st.html(search_table(search).html(theme, kind="stacks"))
    devices = ", ".join(dict.fromkeys(run.trained_on for run in search.runs.values()))
    st.caption(
        f"{measured_words(search)} Trained on {devices}. {kept_words(search)} "
        "Most added energy: the band of frequencies in which the reconstructions have most, by what the originals have there, "
        "and the distance of its stripes."
    )


def search_picture(search: LossSearch, look: Look) -> go.Figure:
    points = [
        TermPoint(
            {"alex": "AlexNet", "vgg": "VGG"}[run.recipe.st_lpips_net],
            f"{run.recipe.st_lpips_weight:g}{', noise' if run.recipe.latent_noise else ''}",
            run.interval("psnr_db").mean,
            {network: run.interval(metric).mean for network, metric in _MEASURED.items()},
            varies=bool(run.recipe.latent_noise),
        )
        for run in search.of_network(NETWORK)
    ]
    return term_panels(points, title="One network trained with several terms", theme=look.theme, narrow=look.narrow)
