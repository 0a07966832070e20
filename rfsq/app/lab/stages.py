"""The part "Stages on the plane": why the remainder becomes hard to round, and what helps, in two dimensions."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.lab import runs
from rfsq.app.lab.charts import show_charts
from rfsq.app.lab.controls import controls
from rfsq.app.lab.fitting import show_fitting
from rfsq.app.lab.lesson import LESSON
from rfsq.app.lab.photo_source import follow_photo, photo_for, samples_here
from rfsq.app.lab.picture import Decoded, decoded, show_pictures
from rfsq.app.lab.plane import show_plane
from rfsq.app.lab.runs import PhotoLatents, Samples, Strategy
from rfsq.app.lab.sampled import PHOTO, SOURCE_NAMES
from rfsq.app.lab.session import LabSession, session, take_plane, take_step
from rfsq.app.lab.settings import SAME, LabSettings, write_lab_link
from rfsq.app.lab.slides import stages_slides
from rfsq.app.look import current_theme
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.working_photo import OWN_PHOTO, ChosenPhoto
from rfsq.figures import stage_cloud
from rfsq.style.palette import Theme
from rfsq.teaching.lab.readings import ELSEWHERE, HERE


def stages_part() -> None:
    """Draw the part. All below the photos is a fragment."""
    memory = session()
    memory.started = time.perf_counter()
    memory.follow()
    _body(photo_for(memory.settings))


@st.fragment
def _body(photo: ChosenPhoto | None) -> None:
    memory = session()
    started, memory.started = memory.started or time.perf_counter(), None
    if photo is not None and photo.name != memory.settings.photo:
        memory.settings = replace(memory.settings, photo=photo.name)
    settings = memory.settings
    link_notice(memory.notes if settings == memory.opened else ())
    lesson = LESSON.show(settings, write_lab_link, take_step)
    controls(settings)
    follow_photo(settings, photo)
    found = samples_here(settings, (settings.fit_source, settings.source), photo)
    if found is None:
        return
    latents, (fit, shown) = found
    chosen = runs.chosen_of(settings, fit, shown)
    theme, ghost = current_theme(), memory.ghost(chosen)

    with st.container(key="lab-stage", horizontal=True):
        with st.container(key="lab-plane-box"):
            show_plane(
                chosen.run,
                chosen.name,
                settings,
                source_key=repr(shown.key),
                command=memory.command,
                known=memory.known,
                on_change=take_plane,
            )
            plane_ms = 1e3 * (time.perf_counter() - started)  # it is on its way, the charts come after it
            st.caption(" ".join(_plane_notes(settings, chosen, shown, latents)))
        with st.container(key="lab-charts"):
            if settings.source == PHOTO and latents is not None:
                show_pictures(settings, fit, shown, latents)
            charts = show_charts(settings, runs.strategies(settings, fit, shown), chosen, ghost, theme)
    if lesson is not None:
        lesson.markdown(_reading(settings, shown, latents))
    if "factors" not in settings.hide and settings.stack().has_factors:
        learned = show_fitting(settings, chosen, fit, theme)
        charts |= {} if learned is None else {"factors as they were learned": learned}
    decode = None
    if settings.source == PHOTO and latents is not None:
        decode = partial(_decoded_after, settings, fit, shown, latents)
    with keep_row():
        slides_box(partial(stages_slides, settings, charts, _plane_figure(settings, chosen, theme), photo, decode))
        with st.container(width="content"):
            copy_link(
                write_lab_link(settings),
                own_photo=settings.source == PHOTO and settings.photo == OWN_PHOTO,
                untouched=settings == LabSettings(photo=settings.photo),
            )
    _log_time(memory, plane_ms, 1e3 * (time.perf_counter() - started))


def _reading(settings: LabSettings, shown: Samples, latents: PhotoLatents | None) -> str:
    """What the step of the lesson says of the samples that are shown, and of others where it compares them."""
    sources = {HERE: settings.source, ELSEWHERE: ELSEWHERE}
    samples = {where: runs.samples_of(source, settings, latents) for where, source in sources.items()}
    return runs.reading_of(settings.step, settings, samples, shown)


def _plane_figure(settings: LabSettings, chosen: Strategy, theme: Theme) -> partial[go.Figure]:
    """What draws the plane for slides."""
    return partial(
        stage_cloud,
        chosen.run,
        settings.stage,
        method=chosen.name,
        magnify=settings.magnify,
        probe=settings.probe if settings.probe >= 0 else None,
        theme=theme,
    )


def _plane_notes(settings: LabSettings, chosen: Strategy, shown: Samples, latents: PhotoLatents | None) -> list[str]:
    notes = []
    if chosen.run.domain is not None:
        notes.append(
            f"The plane is bent: c·tanh(z/c) with c = {chosen.run.domain:.3g}. What far samples lose by that is in the "
            "RMS and the error in the charts, which are of the source itself."
        )
    if settings.source == PHOTO and latents is not None:
        notes.append(
            f"{len(shown.shown)} tokens of the photo, channels {settings.channels[0] + 1} and {settings.channels[1] + 1} "
            f"of `{latents.model}`, times {shown.scaled_by:.3g} so that their RMS is 1."
        )
    if settings.fitted_on != SAME and settings.conditioning != "none":
        notes.append(f"Fitted on: {SOURCE_NAMES[settings.fitted_on]}.")
    notes.append(
        "The ruler is the same in every stage. Darker cells hold more samples; grey dots are the setting before."
    )
    return notes


def _decoded_after(settings: LabSettings, fit: Samples, shown: Samples, latents: PhotoLatents, stage: int) -> Decoded:
    return decoded(replace(settings, stage=stage), fit, shown, latents)


def _log_time(memory: LabSession, plane_ms: float, all_ms: float) -> None:
    memory.runs += 1
    st.html(
        f'<div class="rfsq-lab-timing" hidden data-run="{memory.runs}" '
        f'data-picture-ms="{plane_ms:.1f}" data-all-ms="{all_ms:.1f}"></div>'
    )
