"""One network, any stack: what the grid of stacks says, a finding each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.finding import Look, show_finding
from rfsq.app.results.stored import measured_or_said
from rfsq.evidence.results import Results
from rfsq.evidence.stacks.findings import (
    CONDITIONED,
    PLAIN,
    fitted_minus_trained,
    fsq_text,
    settings,
    stack_findings,
    twins,
    widths,
)
from rfsq.evidence.stacks.grid import CLOSE_LEVELS, CLOSE_NETWORK, CLOSE_STAGES, STAGES, StackGrid, load_grid
from rfsq.figures.fitted_and_trained import FittedRow, fitted_and_trained, paired_rows
from rfsq.figures.gain_map import gain_map
from rfsq.figures.stage_profile import stage_profile
from rfsq.model.zoo import ZOO
from rfsq.style.palette import Theme
from rfsq.style.wording import format_bits

_COARSE = 2  # levels of the chart over the stages


def show_stack_findings(results: Results, theme: Theme, narrow: bool) -> None:
    """Draw them, or the sentence that says why there are none."""
    st.header("One network, any stack", anchor="stacks")
    grid = measured_or_said(
        load_grid,
        "No stacks were measured in this copy yet: `python -m rfsq stacks --images DIR`.",
    )
    if grid is None:
        return
    networks = ", ".join(f"{ZOO[name].dim}" for name in grid.weights)
    st.caption(
        f"{len(grid.scores)} stacks around networks of {networks} channels, fitted to their latents and measured on "
        f"{grid.images} photos of `{grid.folder}` by `{grid.command}`. The networks were trained without any rounding and "
        "are the same for every stack, so only the stack can make the difference. Gain is none with its best single gain."
    )
    for finding in stack_findings(results, grid):
        show_finding(finding, PICTURES[finding.key](results, grid, Look(theme, narrow)))


def _cost_bands(results: Results, grid: StackGrid) -> dict[str, list[FittedRow]]:
    trained = {twin.stack: results.full(twin.trained).psnr_db for twin in twins(results, grid)}
    bands = {}
    for levels in CLOSE_LEVELS:
        found = {
            name: grid.find(CLOSE_NETWORK, fsq_text(levels, CLOSE_STAGES, name)) for name in (*PLAIN, *CONDITIONED)
        }
        scores = {name: score for name, score in found.items() if score is not None}
        if scores:
            bits = next(iter(scores.values())).bits_per_token
            bands[f"{format_bits(bits)}: {CLOSE_STAGES} stages of {levels} levels"] = [
                FittedRow(name, score.psnr_db, trained.get(score.stack)) for name, score in scores.items()
            ]
    return bands


def _costs(results: Results, grid: StackGrid, look: Look) -> go.Figure:
    return fitted_and_trained(
        _cost_bands(results, grid),
        grid.ceilings[CLOSE_NETWORK][0],
        title="Hollow: fitted to one network. Full: trained for it",
        only=look.only,
        theme=look.theme,
        narrow=look.narrow,
    )


def _differences(results: Results, grid: StackGrid, look: Look) -> go.Figure:
    return paired_rows(
        {twin.trained: fitted_minus_trained(results, grid, twin) for twin in twins(results, grid)},
        title="Fitted afterwards − trained together, at 40 bits",
        axis="difference of PSNR, dB",
        theme=look.theme,
        narrow=look.narrow,
    )


def _width_bands(results: Results, grid: StackGrid) -> dict[str, list[FittedRow]]:
    bands = {}
    for network, rows in widths(grid).items():
        bits, ceiling = rows["none"].bits_per_token, grid.ceilings[network][0]
        bands[f"{ZOO[network].dim} channels, {format_bits(bits)}, of {ceiling:.1f} dB"] = [
            FittedRow(name, score.psnr_db - ceiling) for name, score in rows.items()
        ]
    return bands


def _widths(results: Results, grid: StackGrid, look: Look) -> go.Figure:
    bands = _width_bands(results, grid)
    return fitted_and_trained(
        bands,
        0.0,
        title=f"{CLOSE_STAGES} stages of 2 levels in {len(bands)} networks",
        axis="PSNR, dB against no rounding",
        only=look.only,
        theme=look.theme,
        narrow=look.narrow,
    )


def _stages(results: Results, grid: StackGrid, look: Look) -> go.Figure:
    curves = {}
    for name in (*PLAIN, *CONDITIONED):
        rows = [grid.find(CLOSE_NETWORK, fsq_text(_COARSE, k, name)) for k in STAGES]
        curves[name] = [None if row is None else row.psnr_db for row in rows]
    return stage_profile(
        {name: values for name, values in curves.items() if any(value is not None for value in values)},
        "PSNR, dB",
        title=f"PSNR with 1 to {len(STAGES)} stages of {_COARSE} levels",
        guide=grid.ceilings[CLOSE_NETWORK][0],
        guide_name="unquantized",
        from_zero=False,
        across="stages of the stack",
        theme=look.theme,
        narrow=look.narrow,
    )


def _gains(results: Results, grid: StackGrid, look: Look) -> go.Figure:
    return gain_map(
        {(setting.levels, setting.stages): setting.gain_db("scale") for setting in settings(grid, CLOSE_NETWORK)},
        title="dB that scale gains over none with its best gain",
        theme=look.theme,
    )


PICTURES: dict[str, Callable[[Results, StackGrid, Look], go.Figure]] = {
    "decay-cost": _costs,
    "fitted": _differences,
    "more-stages": _stages,
    "widths": _widths,
    "no-help": _gains,
}
BANDS: dict[str, Callable[[Results, StackGrid], Mapping[str, Sequence[FittedRow]]]] = {
    "decay-cost": _cost_bands,
    "widths": _width_bands,
}
"""Of the pictures that have bands."""
