"""The charts of the Rate–distortion page: quality over file size, of the photo and on average over the test photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.rate_distortion.controls import ChosenFile
from rfsq.app.rate_distortion.made_files import File, format_curve, measure_files, scored
from rfsq.app.rate_distortion.settings import RdSettings
from rfsq.app.shared.chart import draw_chart
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.codec.other_formats import FORMATS, FormatName, available_formats, base_of, container_floor
from rfsq.codec.rate_distortion import RatePoint, RdMetric, StageFile, score_at
from rfsq.evidence.files.words import decoder_words
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_distortion import rate_distortion
from rfsq.metrics.learned import ST_LPIPS_SCORES
from rfsq.model.zoo import is_perceptual
from rfsq.style.palette import Theme, label_of, short_label_of
from rfsq.style.wording import format_bpp, format_bytes, format_db, listed

MEANING = (
    "Our networks are small, were trained on thumbnails for minutes, and no part of their training counted "
    "bits; the other formats are decades of engineering on exactly that. RFSQ tokens are for other things: whole numbers of a "
    "small, fixed vocabulary on a fixed grid, which a generative model can predict, and files that can be cut after any stage."
)
# Pixels up to which a curve is drawn: a network looks at some forty pictures for it. Beyond it takes minutes on a CPU.
_CURVE_PIXELS: dict[RdMetric, int] = {"st_lpips": 512 * 512, "st_lpips_vgg": 256 * 256}


def show_chart(
    settings: RdSettings,
    files: Mapping[str, Sequence[StageFile]],
    chosen: ChosenFile,
    working: WorkingPhoto,
    theme: Theme,
    narrow: bool,
) -> Callable[[], go.Figure] | None:
    """Draw the curves of this photo, and say where the rule at the chosen file meets them. Returns what draws the wide chart,
    None where there is none."""
    formats, metric = available_formats(settings.chroma), METRICS[settings.metric]
    if reason := _no_curve(settings, working):
        st.info(reason)
        return None
    with st.spinner("Writing JPEG, WebP and AVIF files", show_time=True):
        written = {name: format_curve(working, name) for name in formats}
    every: list[File] = [file for made in files.values() for file in made]
    every += [file for made in written.values() for file in made]
    _measure(working, every, settings.metric)
    others: dict[str, list[RatePoint]] = {
        name: scored(working, made, settings.metric) for name, made in written.items()
    }
    ours = {name: scored(working, made, settings.metric) for name, made in files.items()}
    point = ours[chosen.model][chosen.file.stages - 1]
    pixels = working.size[0] * working.size[1]
    draw = partial(
        rate_distortion,
        ours,
        others,
        metric,
        pixels,
        title=f"{label_of(chosen.model)} in {format_bytes(point.size)}: {metric.short} {_score(settings, point.score)}",
        chosen=chosen.file.size,
        floors={name: container_floor(name) for name in formats},
        theme=theme,
    )
    draw_chart(draw(narrow=narrow), key="rd-chart", alt="Quality against file size")
    st.caption(_at_this_size(settings, chosen, point, others, pixels))
    needs = decoder_words(chosen.model)
    st.info(
        f"{_standing(settings, point, others)}{_trained_on(settings)} {MEANING} To decode ours there must be {needs} besides the file; a browser has "
        "what the others need."
    )
    _show_floors(formats)
    return draw


def _at_this_size(
    settings: RdSettings,
    chosen: ChosenFile,
    point: RatePoint,
    others: Mapping[str, Sequence[RatePoint]],
    pixels: int,
) -> str:
    """Where the rule at the chosen file meets the curves."""
    size = chosen.file.size
    crossings = ", ".join(_crossing(settings, name, points, size) for name, points in others.items())
    return (
        f"At {format_bytes(size)} ({format_bpp(8 * size / pixels)}): "
        f"{label_of(chosen.model)} {_score(settings, point.score)}, {crossings}, read between two of their files; the pictures "
        "below are of the largest file that fits. Numbers at our points are stage counts; all sizes are whole files, with header, "
        "checksums and side information."
    )


def _show_floors(formats: Sequence[FormatName]) -> None:
    """The smallest file of each format, and which formats are not here."""
    floors = ", ".join(f"{short_label_of(name)} {format_bytes(container_floor(name))}" for name in formats)
    st.caption(f"A file has a floor, whatever the picture: the smallest of 16 × 16 grey pixels takes {floors}.")
    if missing := {base_of(name) for name in FORMATS} - {base_of(name) for name in formats}:
        st.caption(f"Not in this build of Pillow: {', '.join(map(short_label_of, sorted(missing)))}.")


def _no_curve(settings: RdSettings, working: WorkingPhoto) -> str | None:
    """Why the curves of this metric are not measured at this size, as a sentence; None when they are."""
    most = _CURVE_PIXELS.get(settings.metric, working.pixels.size)
    if working.size[0] * working.size[1] <= most:
        return None
    return (
        f"The curves in {METRICS[settings.metric].name} of a picture this large would take minutes. Choose a working size "
        f"of {round(most**0.5)} px for them; the scores of the pictures below are in the table under them."
    )


def _measure(working: WorkingPhoto, files: Sequence[File], metric: RdMetric) -> None:
    """Measure all files; the learned metrics, which take seconds, say how far they are."""
    if metric not in ST_LPIPS_SCORES:
        measure_files(working, files, metric)
        return
    name = METRICS[metric].name
    bar = st.progress(0.0, text=f"Measuring {name}")

    def say(done: int) -> None:
        bar.progress(done / len(files), text=f"Measuring {name}: {done} of {len(files)} files")

    measure_files(working, files, metric, say)
    bar.empty()


def _score(settings: RdSettings, value: float) -> str:
    """A score with its unit, where it has one."""
    return format_db(value) if settings.metric == "psnr_db" else METRICS[settings.metric].write(value)


def _trained_on(settings: RdSettings) -> str:
    """A sentence where the network was trained on the very score."""
    network = settings.model.partition(".")[0]
    return (
        " The network was trained on this score, which is kind to it."
        if settings.metric == "st_lpips" and is_perceptual(network)
        else ""
    )


def _standing(settings: RdSettings, ours: RatePoint, others: Mapping[str, Sequence[RatePoint]]) -> str:
    """Which of the other formats do better with as many bytes as our file."""
    higher = METRICS[settings.metric].higher_is_better
    better: list[str] = []
    worse: list[str] = []
    for name, points in others.items():
        score = score_at(points, round(ours.size))
        if score is not None:
            (better if (score > ours.score) == higher else worse).append(short_label_of(name))
    if not better and not worse:
        return "No other format has a file of this size."
    if not worse:
        return f"With as many bytes {listed(better)} {'does' if len(better) == 1 else 'do'} better."
    if not better:
        return f"With as many bytes {listed(worse)} {'does' if len(worse) == 1 else 'do'} worse."
    return f"With as many bytes {listed(better)} {'does' if len(better) == 1 else 'do'} better, {listed(worse)} worse."


def _crossing(settings: RdSettings, name: str, points: Sequence[RatePoint], size: int) -> str:
    """What another format makes of this many bytes."""
    score = score_at(points, size)
    if score is not None:
        return f"{short_label_of(name)} {_score(settings, score)}"
    why = "cannot be that small" if size < points[0].size else "needs less for its best"
    return f"{short_label_of(name)} {why}"
