"""The part "Own quantizers": which cells a quantizer of one's own has, and what it leaves at its bits, beside ours."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from rfsq.app.lab import runs
from rfsq.app.lab.choices import choice, menu, seed_control
from rfsq.app.lab.own.planes import GRID, OwnPlane, known_plane, ours_at, plane_work
from rfsq.app.lab.own.session import (
    QUANTIZER,
    SEED,
    SOURCE,
    STAGES_SHOWN,
    current_settings,
    session,
    take_stages,
)
from rfsq.app.lab.own.settings import SOURCES, OwnView, write_own_link
from rfsq.app.lab.runs import Samples, Strategy
from rfsq.app.look import current_theme
from rfsq.app.shared.chart import draw_chart
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.own_progress import say_problem, show_progress
from rfsq.app.shared.own_quantizers import OwnQuantizer, fit_words, own_by_key, own_keys
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.slides.offer import ChartOffer, SlideOffer, file_name
from rfsq.figures import DistortionCurve, distortion_rate
from rfsq.figures.own_cells import own_cells
from rfsq.style.palette import Theme, label_of, short_label_of
from rfsq.style.wording import format_bits, format_share

_AT_ONCE_S = 1.0  # that the page waits, so that what is quick needs no second run


def own_part() -> None:
    """Draw the part: a fragment."""
    _body()


@st.fragment
def _body() -> None:
    settings, memory = current_settings(), session()
    link_notice(memory.notes if settings == memory.opened else ())
    _controls()
    quantizer = own_by_key(settings.own)
    label = label_of(quantizer.name_on("lab"))
    fit = shown = runs.samples_of(settings.source, settings.samples(), None)
    quantizer.desk.look()
    plane = known_plane(quantizer, fit, shown)
    if plane is None:
        work = plane_work(quantizer, fit, shown)
        work.wait(_AT_ONCE_S)
        plane = known_plane(quantizer, fit, shown)
        if plane is None and work.problem:
            say_problem(f"{label} on the plane of two channels", work, quantizer.desk)
        elif plane is None:
            show_progress({f"{label} is being fitted to samples of the source": work})
    offer = None if plane is None else _show(settings, quantizer, plane, fit, shown)
    with keep_row():
        if offer is not None:
            slides_box(lambda: offer)
        with st.container(width="content"):
            copy_link(write_own_link(settings), untouched=settings == OwnView(own=own_keys()[0]))


def _controls() -> None:
    with st.container(key="lab-own-controls", horizontal=True, vertical_alignment="bottom"):
        choice(
            "Quantizer",
            own_keys(),
            QUANTIZER,
            help="Named on the command line that started this app; here it is made for two channels.",
        )
        menu("Source", SOURCES, SOURCE, width=260)
        seed_control(SEED, width=130)


def _show(settings: OwnView, quantizer: OwnQuantizer, plane: OwnPlane, fit: Samples, shown: Samples) -> SlideOffer:
    """Draw both charts, with what they say. Returns what they are for slides."""
    method, theme = quantizer.name_on("lab"), current_theme()
    k = min(settings.stages, plane.stages)
    levels, stages = ours_at(plane.nominal_bits, plane.stages)
    ours = runs.strategies(replace(settings.samples(), levels=levels, stages=stages, stage=1), fit, shown)
    with st.container(key="lab-stage", horizontal=True):
        with st.container(key="lab-plane-box"):
            if plane.stages > 1:
                st.session_state[STAGES_SHOWN] = k
                st.segmented_control(
                    "Cells after stage",
                    range(1, plane.stages + 1),
                    key=STAGES_SHOWN,
                    required=True,
                    on_change=take_stages,
                )
            cells = own_cells(
                None if plane.cells is None else plane.cells[k - 1],
                plane.samples,
                plane.cell[k - 1],
                plane.codes(k),
                method=method,
                title=_title(plane, k, method),
                theme=theme,
            )
            draw_chart(cells, key="lab-own-plane", alt="Cells and samples in the plane")
            st.caption(" ".join(_notes(plane, method)))
        with st.container(key="lab-charts"):
            st.markdown(f"**{_reading(plane, method, ours)}**")
            bits = _chart(settings, plane, method, k, ours, theme)
            draw_chart(bits, key="lab-own-bits", alt="Distortion against bits")
            st.caption(" ".join(_chart_notes(quantizer, plane, levels, stages)))
    source = f"Source: {SOURCES[settings.source]}, seed {settings.seed}."
    words = [
        " ".join(notes).replace("`", "")
        for notes in (_notes(plane, method), _chart_notes(quantizer, plane, levels, stages))
    ]
    return SlideOffer(
        file=file_name("lab-own", label_of(method), settings.source),
        charts={
            "cells": ChartOffer(lambda: cells, (source, words[0]), f"cells after {k}"),
            "distortion against bits": ChartOffer(lambda: bits, (source, words[1]), "bits"),
        },
    )


def _chart(
    settings: OwnView, plane: OwnPlane, method: str, k: int, ours: dict[str, Strategy], theme: Theme
) -> go.Figure:
    lines = [DistortionCurve(name, line.run.bits(), line.run.distortion) for name, line in ours.items()]
    own = DistortionCurve(method, plane.bits, plane.distortion)
    bound = runs.bound_of(settings.source, max(line.bits[-1] for line in [*lines, own]))
    return distortion_rate([*lines, own], chosen=method, stage=k, bound=bound, theme=theme)


def _title(plane: OwnPlane, k: int, method: str) -> str:
    """How many cells the samples use, of how many there are."""
    used, codes = len(np.unique(plane.cell[k - 1])), plane.codes_after(k)
    after = "" if plane.stages == 1 else f" after {'1 stage' if k == 1 else f'{k} stages'}"
    return f"{label_of(method)}{after}: {len(plane.samples)} samples in {used} of {codes:,} cells".replace(
        ",", "\u202f"
    )


def _reading(plane: OwnPlane, method: str, ours: dict[str, Strategy]) -> str:
    """What all stages leave, of it and of the best of ours."""
    left = math.sqrt(plane.distortion[-1] / plane.distortion[0])
    best = min(ours.values(), key=lambda line: line.run.distortion[-1])
    its, bits = best.run.left[-1], best.run.bits()[-1]
    return (
        f"With {format_bits(plane.bits[-1])} a sample, {label_of(method)} leaves {format_share(left)} of the source's RMS; "
        f"of ours {short_label_of(best.name)} leaves least, {format_share(its)} with {format_bits(bits)}."
    )


def _notes(plane: OwnPlane, method: str) -> list[str]:
    notes = []
    if plane.cells is None:
        notes.append(
            f"What {label_of(method)} makes of a sample depends on which others it gets beside it, so it has no cells to draw: "
            "dots are samples, rings what they become."
        )
    else:
        notes.append(
            f"Cells: what its indices say at {GRID} × {GRID} points of the plane. A stronger fill holds more samples; rings are "
            "the codes in use."
        )
    if plane.fitted.why_no_stages:
        notes.append(f"All its {len(plane.fitted.codebook_sizes)} indices together: {plane.fitted.why_no_stages}.")
    return notes


def _chart_notes(quantizer: OwnQuantizer, plane: OwnPlane, levels: int, stages: int) -> list[str]:
    count = "1 stage" if stages == 1 else f"{stages} stages"
    ours = f"Ours: FSQ, {count} of {levels} levels, the nearest to its bits"
    return [
        f"{ours}; all are fitted to other samples of the same source, ours in their way.",
        f"`{quantizer.reference.text}`: {fit_words(plane.fitted)}.",
    ]
