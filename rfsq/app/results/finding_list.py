"""What we found: a claim as a heading, one picture, two sentences, and the models in Compare."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.curves import ceilings, rate_curves, score_rows
from rfsq.app.results.finding import Look, show_finding
from rfsq.app.results.measured import measured_words
from rfsq.app.results.stages import FAMILIES, present, stage_figure
from rfsq.app.shared.chart import draw_chart
from rfsq.evidence.best import best_at
from rfsq.evidence.findings import findings
from rfsq.evidence.perception import twins
from rfsq.evidence.results import Results
from rfsq.evidence.statements import Finding
from rfsq.figures.equal_bits import equal_bits
from rfsq.figures.latent_width import width_ceiling
from rfsq.figures.metric import METRICS
from rfsq.figures.perception import perception_distortion
from rfsq.figures.rate_curves import quality_against_bits
from rfsq.figures.side_information import side_information
from rfsq.figures.turns import turns
from rfsq.figures.wrong_indices import wrong_indices
from rfsq.model.zoo import ZOO
from rfsq.style.palette import Theme

GROUPED_TITLE = "Stages take turns on two groups of channels"
GROUPED = (
    "Five channels were the ceiling, so this model has ten, in two groups. A token of 1024 codes has room for five "
    "channels of 4 levels: stages 1 and 2 code one group each coarsely, stages 3 and 4 refine them, each step 4 times "
    "finer, as the next digit of a number does (geometric conditioning, the scheme of ResidualFSQ in vector-quantize-pytorch: "
    "nothing learned, nothing sent along). Together "
    "that is 16 levels in ten channels at 40 bits. A quarter of the training photos keep only some first stages, so that "
    "a file may be cut. What it costs: with 2 of 4 stages a five-channel model is ahead, because half of the bits then went "
    "into opening the second group. Ten channels or twelve was decided on the test photos of this page, so its place among "
    "the others is a little kind to it."
)


def show_findings(results: Results, theme: Theme, narrow: bool) -> None:
    """Draw all findings."""
    st.header("What we found", anchor="findings")
    st.caption(measured_words(results))
    for finding in findings(results):
        show_finding(finding, PICTURES[finding.key](results, finding, Look(theme, narrow)))
    _show_grouped(theme)


def _show_grouped(theme: Theme) -> None:
    """What the grouped model does, in one paragraph and one figure."""
    st.subheader("How the grouped model spends its four tokens", anchor="grouped")
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with picture:
        draw_chart(grouped_picture(theme), key="results-turns", alt="Levels per stage and channel")
    with words:
        st.markdown(GROUPED)


def grouped_picture(theme: Theme) -> go.Figure:
    """Levels per stage and channel."""
    return turns(ZOO["rfsq-4x1024-grouped"].stage_levels, title=GROUPED_TITLE, theme=theme)


def _dots(results: Results, finding: Finding, look: Look) -> go.Figure:
    rows = [row for row in score_rows(results, METRICS["psnr_db"]) if row.model in finding.models]
    return equal_bits(
        rows, METRICS["psnr_db"], title="PSNR in bands of equal bits", theme=look.theme, narrow=look.narrow
    )


def _side(results: Results, finding: Finding, look: Look) -> go.Figure:
    names = ["rfsq-2x2048-layernorm", "rfsq-4x1024-layernorm", "rfsq-8x1024-layernorm-progressive"]
    costs = {name: results.full(name).side_bytes_per_image for name in present(results, names)}
    return side_information(
        costs,
        (32, 64, 128, 256, 512, 1024),
        title="Price of the statistics sent per image",
        theme=look.theme,
        narrow=look.narrow,
    )


def _widths(results: Results, finding: Finding, look: Look) -> go.Figure:
    names = ["vq-4096", "fsq-8x8x8x8", "rfsq-4x1024-scale", best_at(results, 40, single=True), "rfsq-4x1024-grouped"]
    marks = {
        name: (ZOO[name].dim, results.full(name).psnr_db or 0.0) for name in dict.fromkeys(present(results, names))
    }
    return width_ceiling(
        ceilings(results, METRICS["psnr_db"]),
        marks,
        METRICS["psnr_db"],
        title="PSNR against the number of latent channels",
        theme=look.theme,
        narrow=look.narrow,
    )


def _wrong(results: Results, finding: Finding, look: Look) -> go.Figure:
    bits = {name: results.full(name).bits_per_token or 0.0 for name in results.float_index_errors["float32"]}
    return wrong_indices(
        results.float_index_errors,
        bits,
        title="Indices that floating point gets wrong",
        theme=look.theme,
        narrow=look.narrow,
    )


def _signal(results: Results, finding: Finding, look: Look) -> go.Figure:
    return stage_figure(results, present(results, FAMILIES["4x1024"]), "signal_to_step", look.theme, look.narrow)


def _steps(results: Results, finding: Finding, look: Look) -> go.Figure:
    curves = [curve for curve in rate_curves(results, METRICS["psnr_db"]) if curve.model in finding.models]
    return quality_against_bits({"": curves}, METRICS["psnr_db"], theme=look.theme, narrow=look.narrow)


def _perception(results: Results, finding: Finding, look: Look) -> go.Figure:
    coarse = ZOO[finding.models[0]].stride > 4
    pairs = {
        pair.plain: (_perceived(results, pair.plain), _perceived(results, pair.perceptual))
        for pair in twins(results)
        if (ZOO[pair.plain].stride > 4) == coarse
    }
    return perception_distortion(
        pairs, title="Hollow: trained with L1. Full: with ST-LPIPS as well", theme=look.theme, narrow=look.narrow
    )


def _perceived(results: Results, name: str) -> tuple[float, float]:
    scores = results.full(name)
    return scores.psnr_db or 0.0, scores.st_lpips or 0.0


PICTURES: dict[str, Callable[[Results, Finding, Look], go.Figure]] = {
    "bits": _dots,
    "side": _side,
    "width": _widths,
    "baselines": _dots,
    "indices": _wrong,
    "strategies": _dots,
    "rvq": _steps,
    "turns": _steps,
    "decay": _signal,
    "perceptual": _perception,
    "coarse": _perception,
}
