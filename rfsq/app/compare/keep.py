"""What a viewer can keep of the Compare page: the table, the files, what slides need, the link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from rfsq.app.compare.claim import bytes_note_of
from rfsq.app.compare.csv_file import csv_table
from rfsq.app.compare.files import has_files
from rfsq.app.compare.link import opening_settings, write_link
from rfsq.app.compare.own_words import own_text
from rfsq.app.compare.save_files import FilePicture, save_box
from rfsq.app.compare.scores import ScoredPicture, scored_picture
from rfsq.app.compare.settings import Settings
from rfsq.app.compare.slides import compare_slides
from rfsq.app.compare.view import View
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.measured_scores import learned_scores_of, lpips_reason, prepare_learned_scores, scores_of
from rfsq.app.shared.own_models import any_own, config_of
from rfsq.app.shared.reconstructions import file_sizes, pictures_of
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.working_photo import OWN_PHOTO
from rfsq.model.checkpoint import available_models
from rfsq.style.wording import unequal_rates_sentence


def keep(view: View) -> None:
    """Draw the row of buttons."""
    with keep_row():
        st.download_button(
            "Download table (CSV)",
            partial(_csv, view),
            file_name=f"rfsq_{view.settings.photo}_{view.settings.preset}.csv",
            mime="text/csv",
            key="csv",
            on_click="ignore",
            help="All stage counts, with rates and, where they are unequal, a sentence.",
        )
        save_box(view.working, view.settings.photo, _file_pictures(view))
        slides_box(partial(compare_slides, view))
        with st.container(width="content"):
            link_button(replace(view.settings, stages=view.stages))


def link_button(settings: Settings) -> None:
    """Draw the button that copies a link to what the page shows."""
    copy_link(
        write_link(settings),
        own_photo=settings.photo == OWN_PHOTO,
        own_model=settings.preset == "own" and any_own(settings.models),
        untouched=settings == opening_settings(available_models()),
    )


def _file_pictures(view: View) -> list[FilePicture]:
    """Every picture that a file can hold.

    An unquantized one has no rate, a file of somebody's own model could be decoded by nobody else, and the format holds no
    quantizer from outside.
    """
    return [
        FilePicture(name, k, view.label(name))
        for name, k in view.panels
        if view.has_rate(name, k) and not any_own([name]) and config_of(name).quantized
    ]


def _csv(view: View) -> str:
    """All stage counts of all shown methods; runs when the file is asked for."""
    rows = []
    for name in view.choice.shown:
        pictures = pictures_of(view.working, name)
        sizes = file_sizes(view.working, name) if has_files(view.working, name) else ()
        prepare_learned_scores(view.working, [(name, k) for k in pictures.frames])
        for k, picture in pictures.frames.items():
            scores, learned = scores_of(view.working, name, k), learned_scores_of(view.working, name, k)
            size = sizes[k - 1] if sizes else None
            rows.append(scored_picture(pictures.coded, k, picture.psnr_db, scores, learned, size))
    return csv_table(
        rows,
        photo=view.photo.title,
        size=view.working.size,
        photo_note=view.photo.note,
        rates_notes=[_rates_note(view, rows, row) for row in rows],
        bytes_notes=[bytes_note_of(view, row.method, row.stages) for row in rows],
        own_quantizers=[own_text(row.method) for row in rows],
        lpips_reason=lpips_reason(view.working),
    )


def _rates_note(view: View, rows: Sequence[ScoredPicture], row: ScoredPicture) -> str | None:
    """The sentence about unequal rates beside a row: against the others with all their stages, if it has all of its own,
    else against those with as many stages (or all, where they have fewer)."""
    whole = row.stages == row.of_stages
    beside = [
        other for other in rows if other.stages == (other.of_stages if whole else min(row.stages, other.of_stages))
    ]
    return unequal_rates_sentence(
        {view.label(other.method): other.rate.bits_per_token if other.rate else None for other in beside}
    )
