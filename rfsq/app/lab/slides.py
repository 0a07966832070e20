"""What the part "Stages on the plane" offers for slides: its charts, and of a photo the picture after each stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import plotly.graph_objects as go

from rfsq.app.lab.picture import Decoded
from rfsq.app.lab.sampled import SOURCE_NAMES
from rfsq.app.lab.settings import BASE_NAMES, SAME, LabSettings
from rfsq.app.shared.slides.offer import ChartOffer, PicturesOffer, SlideOffer, file_name, photo_note, stages_offer
from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.figures.stage_sequence import SequencePicture
from rfsq.style.wording import format_db


def stages_slides(
    settings: LabSettings,
    charts: Mapping[str, go.Figure],
    plane: Callable[[], go.Figure],
    photo: ChosenPhoto | None,
    decode: Callable[[int], Decoded] | None,
) -> SlideOffer:
    """charts: as they stand on the page, by what they are called; plane: draws the stage in the plane; decode: makes the
    photo's picture after so many stages, where the source is a photo."""
    notes, stage, stages = _notes(settings, photo), settings.stage, settings.stages
    pictures = None if decode is None else partial(_pictures, settings, decode)
    return SlideOffer(
        file=file_name("lab", settings.source, settings.conditioning),
        view=None
        if pictures is None
        else PicturesOffer(f"Stage {stage} of {stages}", lambda: pictures([stage]), notes, f"stage {stage}"),
        sequence=None
        if pictures is None or stages == 1
        else stages_offer(stages, lambda: pictures(range(1, stages + 1)), notes),
        charts={name: ChartOffer(_given(figure), notes, name) for name, figure in charts.items()}
        | {f"stage {stage} on the plane": ChartOffer(plane, notes, f"plane stage {stage}")},
    )


def _given(figure: go.Figure) -> Callable[[], go.Figure]:
    return lambda: figure


def _pictures(settings: LabSettings, decode: Callable[[int], Decoded], stages: Sequence[int]) -> list[SequencePicture]:
    """The photo, and what its decoder makes of it after each of these stages."""
    found = [decode(stage) for stage in stages]
    original = found[0].original
    height, width = original.shape[:2]
    a, b = settings.channels
    captions = tuple((f"channels {a + 1} and {b + 1} rounded", f"PSNR {format_db(one.psnr_db)}") for one in found)
    method = settings.conditioning
    return [
        SequencePicture("The photo", "", (original,), ((f"{width} × {height} pixels",),)),
        SequencePicture(method, method, tuple(one.pixels for one in found), captions),
    ]


def _notes(settings: LabSettings, photo: ChosenPhoto | None) -> tuple[str, ...]:
    """The setting of the stacks, and the photo whose latents they are."""
    levels = "" if settings.base == "lfq" else f" of {settings.levels} levels a channel"
    stack = f"{BASE_NAMES[settings.base]}, {settings.stages} stages{levels}, in two dimensions"
    said = [f"Source: {SOURCE_NAMES[settings.source]}", stack, f"thick: {settings.conditioning}"]
    if settings.fitted_on != SAME:
        said.append(f"fitted on: {SOURCE_NAMES[settings.fitted_on]}")
    if settings.entropy:
        said.append("bits are entropies of single stages")
    notes = [f"{'; '.join(said)}."]
    if photo is not None and settings.uses_photo:
        notes.append(photo_note(photo, None))
    return tuple(notes)
