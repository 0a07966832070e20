"""The latest run and what it is compared with: the run before, or at first the recorded one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rfsq.app.train.prices import bits_of
from rfsq.app.train.recorded import RecordedRun, recorded_run
from rfsq.app.train.runs import RunView
from rfsq.app.train.session import StartedRun
from rfsq.style.palette import Theme, label_of
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import MISSING, format_bits, format_db, format_score, listed, unequal_rates_sentence

_COLUMNS = (
    Column("Run", align="left"),
    *map(
        Column, ("Bits/token", "Learned from", "Seed", "Steps", "Seconds", "Photo", "PSNR ↑", "L1 ↓", "Held-out PSNR ↑")
    ),
)
_STEPS_COLUMN, _PHOTO_COLUMN = 4, 6


def show_table(runs: Sequence[StartedRun], views: Sequence[RunView], theme: Theme) -> None:
    """Draw the table, with what makes its rows unlike."""
    rows = [_row(started, view) for started, view in zip(runs, views, strict=True)]
    if len(rows) < 2:
        rows.insert(0, _recorded_row(recorded_run()))
    st.html(Table(_COLUMNS, tuple(rows)).html(theme, kind="stacks train-table"))
    if len(rows) > 1:
        if sentence := unequal_rates_sentence({row.cells[0]: bits_of(row.method) for row in rows if row.method}):
            st.caption(sentence)
        steps = [row.cells[_STEPS_COLUMN] for row in rows]
        if len(set(steps)) > 1:
            st.caption(f"Unequal steps: {listed(steps)}. More steps alone make a better picture.")
        if len({row.cells[_PHOTO_COLUMN] for row in rows}) > 1:
            st.caption("The two runs are measured on different photos, so their PSNR and L1 do not compare.")


def _row(started: StartedRun, view: RunView) -> Row:
    settings, scores = started.settings, view.scores
    cells = (
        f"Run {started.number}, {label_of(settings.base)}",
        format_bits(bits_of(settings.base)),
        {"gallery": "gallery", "photo": "this photo"}[settings.data],
        str(settings.seed),
        str(view.step),
        f"{view.seconds:.0f}",
        started.title,
        format_db(scores.psnr_db) if scores else MISSING,
        format_score(scores.l1) if scores else MISSING,
        format_db(view.rows[-1]["held_out_psnr_db"]) if view.rows else MISSING,
    )
    return Row(cells, method=settings.base)


def _recorded_row(recorded: RecordedRun) -> Row:
    cells = (
        f"Recorded run, {label_of(recorded.base)}",
        format_bits(bits_of(recorded.base)),
        "gallery",
        "0",
        str(recorded.steps),
        f"{recorded.seconds:.0f}",
        "Cat",
        format_db(recorded.psnr_db),
        format_score(recorded.l1),
        format_db(recorded.log["held_out_psnr_db"][-1]),
    )
    return Row(cells, method=recorded.base)
