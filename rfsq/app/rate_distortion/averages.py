"""The same curves as means over many photos: the test photos, or for low rates the larger ones of the gallery."""

from __future__ import annotations

import math
from functools import partial

import streamlit as st

from rfsq.app.rate_distortion.settings import RdSettings, blocks_of
from rfsq.app.shared.chart import draw_chart
from rfsq.app.shared.slides.offer import ChartOffer, file_name
from rfsq.codec.other_formats import available_formats
from rfsq.evidence.files.curves import Curves, FileCurves, load_curves, load_gallery_curves
from rfsq.evidence.stored import ResultsError
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_distortion import rate_distortion
from rfsq.style.palette import Theme, label_of
from rfsq.style.wording import listed


def show_averages(settings: RdSettings, theme: Theme, narrow: bool) -> dict[str, ChartOffer]:
    """Draw them, or the sentence that says why there are none. Returns what they are for slides, by what they are called."""
    try:
        found = _curves(settings)
    except ResultsError as error:
        st.subheader("On average", anchor=False)
        st.error(str(error))
        return {}
    if not found:
        st.subheader("On average over the test photos", anchor=False)
        st.info("Not measured for these models yet: `python -m rfsq results --images DIR`.")
    charts: dict[str, ChartOffer] = {}
    for curves in found:
        charts |= _show(curves, settings, theme, narrow)
    return charts


def _curves(settings: RdSettings) -> list[FileCurves]:
    """Those that hold a model that is shown; of large blocks the gallery first. Raises ResultsError for a damaged file."""
    gallery = load_gallery_curves() if blocks_of(settings.model) == "coarse" else None
    found = [None if gallery is None else gallery.means(), load_curves()]
    return [curves for curves in found if curves is not None and any(name in curves.ours for name in settings.models)]


def _show(curves: FileCurves, settings: RdSettings, theme: Theme, narrow: bool) -> dict[str, ChartOffer]:
    """A chart of means over some photos."""
    large = not curves.folder_sha256
    name = "on average over " + ("photos of about 512 pixels" if large else "the test photos")
    st.subheader(f"{name[0].upper()}{name[1:]}", anchor=False)
    ours = {name: curves.ours[name] for name in settings.models if name in curves.ours}
    formats = available_formats(settings.chroma)
    others: Curves = {name: points for name, points in curves.other_formats.items() if name in formats}
    metric = METRICS[settings.metric]
    missing = [name for drawn in (ours, others) for name in drawn if not _measured({name: drawn[name]}, settings)]
    if not _measured(ours, settings):
        st.info(f"Not measured in {metric.name} on these photos yet.")
        return {}
    draw = partial(
        rate_distortion,
        {name: [point.at(settings.metric) for point in points] for name, points in ours.items()},
        {name: [point.at(settings.metric) for point in points] for name, points in others.items()},
        metric,
        curves.pixels_per_image,
        title=f"{curves.images} photos, mean file size and mean {metric.short}",
        theme=theme,
    )
    draw_chart(draw(narrow=narrow), key="rd-gallery" if large else "rd-test", alt="Mean quality against mean size")
    absent = f" Not measured in {metric.name} yet: {listed([label_of(name) for name in missing])}." if missing else ""
    where = "the gallery" if large else f"`{curves.folder}`"
    note = (
        f"{curves.images} photos of {where}, {curves.pixels_per_image:.0f} pixels each on average; made by "
        f"`{curves.command}`.{absent}"
        + ("" if large else " Small pictures: headers and checksums weigh more than in a large photo.")
    )
    st.caption(note)
    return {
        name: ChartOffer(draw, (note.replace("`", ""),), file_name(settings.metric, "gallery" if large else "test"))
    }


def _measured(curves: Curves, settings: RdSettings) -> bool:
    """Whether any point has the score that is shown."""
    return any(math.isfinite(point.at(settings.metric).score) for points in curves.values() for point in points)
