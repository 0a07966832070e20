"""Low rates: our files beside those of other formats, on photos that the package ships."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.finding import Look, show_finding
from rfsq.app.results.stored import measured_or_said
from rfsq.codec.other_formats import available_formats
from rfsq.codec.rate_distortion import RdMetric
from rfsq.evidence.files.curves import GalleryCurves, load_gallery_curves
from rfsq.evidence.low_rates.words import COARSE, FINE, TOGETHER, low_rate_finding, low_rate_table
from rfsq.evidence.statements import Finding
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_distortion import rate_distortion
from rfsq.style.palette import Theme, label_of

METRIC: RdMetric = "st_lpips_vgg"  # of the picture: no model of the zoo was trained on it


def show_low_rates(theme: Theme, narrow: bool) -> None:
    """Draw the finding with its picture, and the table of all models for low rates."""
    st.header("At low rates, beside JPEG, WebP and AVIF", anchor="low-rates-all")
    found = measured_or_said(
        low_rates,
        "No files for low rates were weighed in this copy yet: `python -m rfsq results --gallery`.",
    )
    if found is None:
        return
    gallery, finding = found
    show_finding(finding, low_rate_picture(gallery, Look(theme, narrow)))
    st.html(low_rate_table(gallery).html(theme, kind="prose stacks"))
    st.caption(
        f"Where ours is ahead by the means over {len(gallery.photos)} photos alone (the claim asks that most photos agree, too), "
        f"in bits per pixel of whole files; made by `{gallery.command}`. The page Rate–distortion shows the pictures at equal bytes: choose 8 × 8 there."
    )


def low_rates() -> tuple[GalleryCurves, Finding] | None:
    """What was weighed and what it says; None where not all of it was. Raises ResultsError for a damaged file."""
    gallery = load_gallery_curves()
    try:
        return None if gallery is None else (gallery, low_rate_finding(gallery))
    except LookupError:
        return None


def low_rate_picture(gallery: GalleryCurves, look: Look) -> go.Figure:
    curves = gallery.means()
    return rate_distortion(
        {
            name: [point.at(METRIC) for point in curves.ours[name]]
            for name in (TOGETHER, FINE, COARSE)
            if name in curves.ours
        },
        {
            name: [point.at(METRIC) for point in curves.other_formats[name]]
            for name in available_formats("4:2:0")
            if name in curves.other_formats
        },
        METRICS[METRIC],
        curves.pixels_per_image,
        title=f"{curves.images} photos, mean file size and mean {METRICS[METRIC].name}",
        names={name: label_of(name).removesuffix(", perceptual") for name in (TOGETHER, FINE, COARSE)},
        theme=look.theme,
        narrow=look.narrow,
    )
