"""What a viewer can keep of the Compare page: the table, the files, the link."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from rfsq.app.compare.csv_file import csv_table
from rfsq.app.compare.link import opening_settings, write_link
from rfsq.app.compare.panels import rates_notice
from rfsq.app.compare.save_files import FilePicture, save_box
from rfsq.app.compare.scores import scored_picture
from rfsq.app.compare.settings import Settings
from rfsq.app.compare.view import View
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.measured_scores import lpips_of, lpips_reason, scores_of
from rfsq.app.shared.own_models import any_own
from rfsq.app.shared.working_photo import OWN_PHOTO
from rfsq.model.checkpoint import available_models
from rfsq.style.wording import unequal_rates_sentence


def keep_row(view: View) -> None:
    """Draw the row of buttons."""
    with st.container(horizontal=True, vertical_alignment="center", key="keep"):
        st.download_button(
            "Download table (CSV)",
            partial(_csv, view),
            file_name=f"rfsq_{view.settings.photo}_{view.settings.preset}.csv",
            mime="text/csv",
            key="csv",
            on_click="ignore",
            help="All stage counts, with rates and the sentence about unequal ones.",
        )
        save_box(view.working, view.settings.photo, _file_pictures(view))
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

    An unquantized one has no rate, and a file of somebody's own model could be decoded by nobody else.
    """
    return [
        FilePicture(name, k, view.label(name))
        for name, k in view.panels
        if view.pictures[name].reconstruction.stages[k - 1].rate is not None and not any_own([name])
    ]


def _csv(view: View) -> str:
    """All stage counts of all shown methods; runs when the file is asked for."""
    rows = []
    for name in view.choice.shown:
        pictures = view.pictures[name]
        for k in range(1, pictures.stages + 1):
            scores, lpips = scores_of(view.working, name, k), lpips_of(view.working, name, k)
            rows.append(scored_picture(pictures.reconstruction, k, pictures.psnr_db[k - 1], scores, lpips))
    rates = {f"{row.method} k={row.stages}": row.rate.bits_per_token if row.rate else None for row in rows}
    sentences = (view.photo.note, rates_notice(view) or unequal_rates_sentence(rates))
    note = " ".join(filter(None, sentences)) or None
    size = view.working.size
    return csv_table(rows, photo=view.photo.title, size=size, note=note, lpips_reason=lpips_reason(view.working))
