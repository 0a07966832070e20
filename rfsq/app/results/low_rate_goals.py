"""Low rates on the test photos: the goals, by how much ours is ahead at each rate, and the tables behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.finding import Look, show_finding
from rfsq.app.results.stored import measured_or_said
from rfsq.codec.other_formats import available_formats
from rfsq.evidence.files.photos import load_photos, photos_file
from rfsq.evidence.low_rates.goal_words import SHOWN, band_table, goal_finding, goal_table
from rfsq.evidence.low_rates.goals import COUNTINGS, Counting, band_of
from rfsq.evidence.low_rates.words import FINE
from rfsq.evidence.statements import Finding
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_bands import RateBand, rate_bands
from rfsq.style.palette import Theme, label_of
from rfsq.style.tables import Table


@dataclass(frozen=True, eq=False)
class LowRateGoals:
    """All that the page shows of the files of the test photos: computing it takes a second."""

    finding: Finding
    goals: Table
    tables: Mapping[Counting, Table]
    bands: Mapping[str, RateBand]  # format -> of FINE in SHOWN
    photos: int  # that were measured in SHOWN
    source: str


def show_low_rate_goals(theme: Theme, narrow: bool) -> None:
    """Draw them, or the sentence that says why there are none."""
    shown = measured_or_said(
        low_rate_goals,
        "No files of the test photos were weighed one by one yet: `python -m rfsq results --images DIR`.",
    )
    if shown is None:
        return
    if shown.bands:
        show_finding(shown.finding, goals_picture(shown, Look(theme, narrow)))
    else:
        st.subheader(shown.finding.claim, anchor=shown.finding.key)
        st.markdown(shown.finding.sentences)
    st.html(shown.goals.html(theme, kind="prose stacks"))
    with st.expander("Where each model is ahead of each format, rate by rate"):
        for counting, table in shown.tables.items():
            st.markdown(f"Bits per pixel of {counting}.")
            st.html(table.html(theme, kind="prose stacks"))
    st.caption(shown.source)


def low_rate_goals() -> LowRateGoals | None:
    """None where not all of it was weighed. Raises ResultsError for a damaged file."""
    path = photos_file()
    return _shown(path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else None


@st.cache_resource(show_spinner="Comparing the files of the test photos", max_entries=2)
def _shown(changed: int, size: int) -> LowRateGoals | None:  # they say whether the file is the same
    """None where not all of it was weighed. Raises ResultsError for a damaged file."""
    photos = load_photos()
    if photos is None:
        return None
    try:
        finding = goal_finding(photos)
    except LookupError:
        return None
    found = {name: band_of(photos, FINE, name, SHOWN, "whole files") for name in available_formats("4:2:0")}
    bands = {name: band for name, band in found.items() if band is not None}
    measured = max((band.photos for band in bands.values()), default=0)
    return LowRateGoals(
        finding,
        goal_table(photos),
        {counting: band_table(photos, counting) for counting in COUNTINGS},
        {name: RateBand(band.rates, band.mean, band.low, band.high) for name, band in bands.items()},
        measured,
        f"Means over the photos at one setting each, {photos.images} photos of `{photos.folder}`"
        + (f" ({METRICS[SHOWN].name}: {measured} of them)" if measured not in (0, photos.images) else "")
        + f"; sure is what the 95 % interval over the choice of photos says; made by `{photos.command}`.",
    )


def goals_picture(shown: LowRateGoals, look: Look) -> go.Figure:
    return rate_bands(
        shown.bands,
        METRICS[SHOWN],
        title=f"{label_of(FINE).removesuffix(', perceptual')} beside other formats, {shown.photos} photos",
        theme=look.theme,
        narrow=look.narrow,
    )
