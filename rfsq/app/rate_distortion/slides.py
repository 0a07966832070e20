"""What the Rate–distortion page offers for slides: its pictures, our file cut after each stage, its chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go

from rfsq.app.rate_distortion.controls import ChosenFile
from rfsq.app.rate_distortion.made_files import scored
from rfsq.app.rate_distortion.session import VIEWER
from rfsq.app.rate_distortion.settings import RdSettings
from rfsq.app.shared.rfsq_files import stages_text
from rfsq.app.shared.slides.offer import ChartOffer, SlideOffer, ViewOffer, file_name, photo_note, stages_offer
from rfsq.app.shared.working_photo import ChosenPhoto, WorkingPhoto
from rfsq.codec.other_formats import available_formats
from rfsq.codec.rate_distortion import StageFile
from rfsq.figures.stage_sequence import SequencePicture
from rfsq.style.palette import label_of, short_label_of
from rfsq.style.wording import format_bpp, format_bytes, format_db, listed


def rd_slides(
    settings: RdSettings,
    photo: ChosenPhoto,
    working: WorkingPhoto,
    chosen: ChosenFile,
    files: Mapping[str, Sequence[StageFile]],
    draw: Callable[[], go.Figure] | None,
    averages: Mapping[str, ChartOffer],
) -> SlideOffer:
    """All that the page offers. chosen: the file at the rule; files: ours by model; draw: makes the photo's chart, if there is
    one; averages: the charts over many photos."""
    cut = f"{label_of(chosen.model)}, {stages_text(chosen.model, chosen.file.stages)}: {_price(chosen.file, working)}."
    about = tuple(filter(None, (photo_note(photo, working.size), photo.note)))
    models = f"{'; '.join(map(label_of, files))}. Sizes are whole files, with header, checksums and side information."
    ours = files[chosen.model]
    chart = {} if draw is None else {"this photo": ChartOffer(draw, (cut, models, *about), settings.metric)}
    return SlideOffer(
        file=file_name(photo.name, short_label_of(chosen.model), f"{chosen.file.size} bytes"),
        view=ViewOffer(VIEWER, _title(settings, chosen), about),
        sequence=stages_offer(len(ours), lambda: _sequence(chosen.model, ours, working), about)
        if len(ours) > 1
        else None,
        charts={**chart, **averages},
    )


def _title(settings: RdSettings, chosen: ChosenFile) -> str:
    others = listed([short_label_of(name) for name in available_formats(settings.chroma)])
    return f"{label_of(chosen.model)} in {format_bytes(chosen.file.size)}" + (f", beside {others}" if others else "")


def _sequence(model: str, ours: Sequence[StageFile], working: WorkingPhoto) -> list[SequencePicture]:
    height, width = working.size
    points = scored(working, ours, "psnr_db")
    captions = tuple(
        (f"{format_db(point.score)} · {stages_text(model, file.stages)}", _price(file, working))
        for file, point in zip(ours, points, strict=True)
    )
    return [
        SequencePicture("Original", "", (working.pixels,), ((f"{width} × {height} pixels",),)),
        SequencePicture(label_of(model), model, tuple(file.pixels for file in ours), captions),
    ]


def _price(file: StageFile, working: WorkingPhoto) -> str:
    return f"{format_bytes(file.size)} file · {format_bpp(8 * file.size / (working.size[0] * working.size[1]))}"
