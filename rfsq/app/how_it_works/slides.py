"""What the page "How it works" offers for slides: the picture after each stage, and the number lines of the token."""

from __future__ import annotations

from functools import partial

from rfsq.app.how_it_works.paths import PhotoPath
from rfsq.app.how_it_works.settings import TokenSettings
from rfsq.app.shared.slides.offer import (
    ChartOffer,
    PicturesOffer,
    SlideOffer,
    file_name,
    photo_note,
    stages_offer,
)
from rfsq.app.shared.working_photo import ChosenPhoto, WorkingPhoto
from rfsq.figures import token_lines
from rfsq.figures.stage_sequence import SequencePicture
from rfsq.metrics.image import psnr_db
from rfsq.photos.pixels import to_tensor
from rfsq.style.palette import Theme, label_of, short_label_of
from rfsq.style.wording import format_bits, format_db


def how_slides(
    settings: TokenSettings, photo: ChosenPhoto, working: WorkingPhoto, found: PhotoPath, theme: Theme
) -> SlideOffer:
    """All that the page offers; the number lines are those of the open stage, where its codes have levels."""
    count, stage, label = len(found.path.stages), settings.stage, label_of(settings.model)
    notes = tuple(filter(None, (f"{label}.", photo_note(photo, working.size), photo.note)))
    token = f"{label}, the token in row {settings.row}, column {settings.column}, counted from 0."
    charts = {
        f"stage {number}": ChartOffer(
            partial(
                token_lines, found.path, settings.row, settings.column, stage=number, method=settings.model, theme=theme
            ),
            (f"{token} Ticks are levels, the arrow is what the stage leaves.", photo_note(photo, working.size)),
            f"row {settings.row} column {settings.column} stage {number}",
        )
        for number in (stage, *(k for k in range(1, count + 1) if k != stage))
        if found.path.stages[number - 1].levels
    }
    after = "its one step" if count == 1 else f"stage {stage} of {count}"
    return SlideOffer(
        file=file_name(photo.name, short_label_of(settings.model)),
        view=PicturesOffer(
            f"{label}, after {after}", partial(_pictures, settings, working, found, [stage]), notes, f"stage {stage}"
        ),
        sequence=stages_offer(count, partial(_pictures, settings, working, found, range(1, count + 1)), notes)
        if count > 1
        else None,
        charts=charts,
    )


def _pictures(
    settings: TokenSettings, working: WorkingPhoto, found: PhotoPath, stages: range | list[int]
) -> list[SequencePicture]:
    """The original, and the picture after each of these stages."""
    height, width = working.size
    path, original = found.path, to_tensor(working.pixels)
    frames = tuple(path.pictures[stage] for stage in stages)
    apart = ", side information apart" if any(stage.side_values for stage in path.stages) else ""
    captions = tuple(
        (
            f"PSNR {format_db(float(psnr_db(original, to_tensor(frame))))}",
            f"{format_bits(path.bits(stage))} per token{apart}",
        )
        for stage, frame in zip(stages, frames, strict=True)
    )
    return [
        SequencePicture("Original", "", (working.pixels,), ((f"{width} × {height} pixels",),)),
        SequencePicture(label_of(settings.model), settings.model, frames, captions),
    ]
