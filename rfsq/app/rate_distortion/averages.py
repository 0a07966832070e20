"""The same curves as means over many photos: the test photos, or for low rates the larger ones of the gallery."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from rfsq.app.rate_distortion.settings import RdSettings, blocks_of
from rfsq.app.shared.chart import draw_chart
from rfsq.app.shared.slides.offer import ChartOffer, file_name
from rfsq.codec.other_formats import available_formats
from rfsq.evidence.files.curves import CurvePoint, Curves, FileCurves, load_curves, load_gallery_curves
from rfsq.evidence.files.photos import load_photos
from rfsq.evidence.files.words import unmeasured_words
from rfsq.evidence.stored import ResultsError
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_distortion import rate_distortion
from rfsq.style.palette import Theme


@dataclass(frozen=True)
class Averages:
    """Means over the photos of a folder, or over those of which a score is known."""

    curves: FileCurves
    photos: int  # in the folder


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
    for one in found:
        charts |= _show(one, settings, theme, narrow)
    return charts


def _curves(settings: RdSettings) -> list[Averages]:
    """Those that hold a model that is shown; of large blocks the gallery first. Raises ResultsError for a damaged file."""
    coarse = blocks_of(settings.model) == "coarse"
    gallery, test = load_gallery_curves() if coarse else None, load_curves()
    found = [] if gallery is None else [Averages(gallery.means(), len(gallery.photos))]
    if test is not None:
        known = any(_measured(test.ours.get(name, ()), settings) for name in settings.models)
        photos = load_photos() if coarse and not known else None  # of some of them this score may be known
        some = None if photos is None else photos.means_of_measured(settings.metric)
        found.append(Averages(some or test, test.images))
    return [one for one in found if any(name in one.curves.ours for name in settings.models)]


def _show(averages: Averages, settings: RdSettings, theme: Theme, narrow: bool) -> dict[str, ChartOffer]:
    """A chart of means over some photos."""
    curves = averages.curves
    large = not curves.folder_sha256
    name = "on average over " + ("photos of about 512 pixels" if large else "the test photos")
    st.subheader(f"{name[0].upper()}{name[1:]}", anchor=False)
    ours = {name: curves.ours[name] for name in settings.models if name in curves.ours}
    formats = available_formats(settings.chroma)
    others: Curves = {name: points for name, points in curves.other_formats.items() if name in formats}
    metric = METRICS[settings.metric]
    if not any(_measured(points, settings) for points in ours.values()):
        both = " --st-lpips both" if settings.metric == "st_lpips_vgg" else ""
        command = curves.command if large else f"python -m rfsq results --images DIR --files-only NAME,…{both}"
        st.info(f"Not measured in {metric.name} on these photos yet: `{command}`.")
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
    unmeasured = unmeasured_words(ours, others, settings.metric, metric.name, curves.pixels_per_image)
    where = "the gallery" if large else f"`{curves.folder}`"
    of = "" if curves.images == averages.photos else f" of the {averages.photos}"
    note = (
        f"{curves.images}{of} photos of {where}, {curves.pixels_per_image:.0f} pixels each on average; made by "
        f"`{curves.command}`. {unmeasured}".rstrip()
        + ("" if large else " Small pictures: headers and checksums weigh more than in a large photo.")
    )
    st.caption(note)
    return {
        name: ChartOffer(draw, (note.replace("`", ""),), file_name(settings.metric, "gallery" if large else "test"))
    }


def _measured(points: Sequence[CurvePoint], settings: RdSettings) -> bool:
    """Whether any point has the score that is shown."""
    return any(math.isfinite(point.at(settings.metric).score) for point in points)
