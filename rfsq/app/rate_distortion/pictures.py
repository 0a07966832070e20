"""The pictures of the Rate–distortion page: our file and those of other formats that take the same bytes."""

from __future__ import annotations

import streamlit as st

from rfsq.app.rate_distortion.controls import ChosenFile
from rfsq.app.rate_distortion.made_files import format_at_size, scored
from rfsq.app.rate_distortion.session import VIEWER
from rfsq.app.rate_distortion.settings import RdSettings, pictures_of
from rfsq.app.shared.rfsq_files import stages_text
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.app.viewer import Frame, Method, Place, show_viewer
from rfsq.codec.other_formats import FormatFile, available_formats
from rfsq.codec.rate_distortion import StageFile
from rfsq.style.palette import label_of, short_label_of, style_of
from rfsq.style.wording import format_bpp, format_bytes, format_db, format_score


def show_pictures(settings: RdSettings, chosen: ChosenFile, working: WorkingPhoto, place: Place) -> None:
    """Draw the viewer, which begins at this place."""
    st.header("The same bytes, side by side", anchor=False)
    limit = chosen.file.size
    with st.spinner("Searching the other formats' qualities for these bytes", show_time=True):
        others = [format_at_size(working, name, limit) for name in available_formats(settings.chroma)]
    methods = [_ours(chosen, working), *(_other(file, limit, working) for file in others)]
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


def _ours(chosen: ChosenFile, working: WorkingPhoto) -> Method:
    cut = stages_text(chosen.model, chosen.file.stages)
    return _method(chosen.model, label_of(chosen.model), chosen.file, working, cut)


def _other(file: FormatFile, limit: int, working: WorkingPhoto) -> Method:
    words = f"quality {file.quality}" + (", its smallest file" if file.size > limit else "")
    return _method(file.codec, short_label_of(file.codec), file, working, words)


def _method(name: str, label: str, file: StageFile | FormatFile, working: WorkingPhoto, words: str) -> Method:
    psnr, ssim = (scored(working, [file], metric)[0].score for metric in ("psnr_db", "ssim"))
    bpp = format_bpp(8 * file.size / (working.size[0] * working.size[1]))
    frame = Frame(
        file.pixels,
        f"{format_db(psnr)} · SSIM {format_score(ssim)}",
        f"{format_bytes(file.size)} · {bpp} · {words}",
    )
    style = style_of(name)
    return Method(name, label, style.light, style.dark, style.glyph, file.pixels, (frame,))
