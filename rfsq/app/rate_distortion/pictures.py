"""The pictures of the Rate–distortion page: our file and those of other formats that take the same bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from rfsq.app.rate_distortion.controls import ChosenFile
from rfsq.app.rate_distortion.made_files import File, format_at_size, scored
from rfsq.app.rate_distortion.session import VIEWER
from rfsq.app.rate_distortion.settings import RdSettings, measured_metrics, pictures_of
from rfsq.app.shared.rfsq_files import stages_text
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.app.viewer import Frame, Method, Place, show_viewer
from rfsq.codec.other_formats import FormatFile, available_formats
from rfsq.codec.rate_distortion import RdMetric, StageFile
from rfsq.figures.metric import METRICS
from rfsq.metrics.learned import ST_LPIPS_SCORES
from rfsq.metrics.st_lpips import st_lpips_reason
from rfsq.style.palette import Theme, label_of, short_label_of, style_of
from rfsq.style.tables import Column, Row, Table
from rfsq.style.wording import MISSING, format_bpp, format_bytes, format_db


def show_pictures(settings: RdSettings, chosen: ChosenFile, working: WorkingPhoto, place: Place) -> list[File]:
    """Draw the viewer, which begins at this place. Returns the files whose pictures it shows."""
    st.header("At most as many bytes, side by side", anchor=False)
    limit = chosen.file.size
    with st.spinner("Searching the other formats' qualities for these bytes", show_time=True):
        others = [format_at_size(working, name, limit) for name in available_formats(settings.chroma)]
    second: RdMetric = settings.metric if settings.metric != "psnr_db" else "ssim"
    methods = [_ours(chosen, working, second), *(_other(file, limit, working, second) for file in others)]
    too_large = [short_label_of(file.codec) for file in others if file.size > limit]
    notice = f"{', '.join(too_large)} cannot go so low: the smallest file is shown." if too_large else None
    show_viewer(
        working.pixels,
        methods,
        stage=1,
        notice=notice,
        error_note="The error maps are on the Compare page.",
        image_key=f"rd-{working.key}",
        view=settings.view,
        place=place,
        linked=pictures_of(settings),
        key=VIEWER,
        staged=False,
    )
    return [chosen.file, *others]


def show_scores(files: Sequence[File], working: WorkingPhoto, theme: Theme) -> None:
    """Draw the table of the pictures' scores, the learned ones, which take seconds, included."""
    metrics = measured_metrics()
    with st.spinner("Measuring the pictures", show_time=True):
        scores = {metric: scored(working, files, metric) for metric in metrics}
    columns = [Column(METRICS[key].name + (" ↑" if METRICS[key].higher_is_better else " ↓")) for key in metrics]
    rows = []
    for number, file in enumerate(files):
        name = file.model if isinstance(file, StageFile) else file.codec
        words = [METRICS[key].write(scores[key][number].score) for key in metrics]
        words = [
            MISSING if math.isnan(scores[key][number].score) else text for key, text in zip(metrics, words, strict=True)
        ]
        rows.append(Row((label_of(name), format_bytes(file.size), *words), method=name))
    table = Table((Column("Picture", align="left"), Column("File"), *columns), tuple(rows))
    st.html(table.html(theme, kind="stacks"))
    notes = ["↑ higher is better, ↓ lower is better."]
    if "st_lpips" in metrics:
        notes.append("Models called perceptual were trained with ST-LPIPS (AlexNet), so that score is kind to them.")
        notes += filter(None, (st_lpips_reason(*working.size, net) for net in ST_LPIPS_SCORES.values()))
    st.caption(" ".join(notes))


def _ours(chosen: ChosenFile, working: WorkingPhoto, second: RdMetric) -> Method:
    cut = stages_text(chosen.model, chosen.file.stages)
    return _method(chosen.model, label_of(chosen.model), chosen.file, working, cut, second)


def _other(file: FormatFile, limit: int, working: WorkingPhoto, second: RdMetric) -> Method:
    words = f"quality {file.quality}" + (", its smallest file" if file.size > limit else "")
    return _method(file.codec, short_label_of(file.codec), file, working, words, second)


def _method(
    name: str, label: str, file: StageFile | FormatFile, working: WorkingPhoto, words: str, second: RdMetric
) -> Method:
    """second: the metric beside PSNR."""
    psnr, other = (scored(working, [file], metric)[0].score for metric in ("psnr_db", second))
    bpp = format_bpp(8 * file.size / (working.size[0] * working.size[1]))
    frame = Frame(
        file.pixels,
        f"{format_db(psnr)} · {METRICS[second].name} {MISSING if math.isnan(other) else METRICS[second].write(other)}",
        f"{format_bytes(file.size)} · {bpp} · {words}",
    )
    style = style_of(name)
    return Method(name, label, style.light, style.dark, style.glyph, file.pixels, (frame,))
