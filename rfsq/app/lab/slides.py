"""What the part "Stages on the plane" offers for slides: its charts."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from rfsq.app.lab.sampled import SOURCE_NAMES
from rfsq.app.lab.settings import BASE_NAMES, SAME, LabSettings
from rfsq.app.shared.slides.offer import ChartOffer, SlideOffer, file_name
from rfsq.app.shared.working_photo import OWN_PHOTO, ChosenPhoto


def stages_slides(settings: LabSettings, charts: Mapping[str, go.Figure], photo: ChosenPhoto | None) -> SlideOffer:
    """charts: as they stand on the page, by what they are called."""
    notes = _notes(settings, photo)
    return SlideOffer(
        file=file_name("lab", settings.source, settings.conditioning),
        charts={name: ChartOffer(lambda figure=figure: figure, notes, name) for name, figure in charts.items()},  # type: ignore[misc]
    )


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
        notes.append(
            "Photo: not from the gallery." if photo.name == OWN_PHOTO else f"Photo: {photo.title}. {photo.credit}."
        )
    return tuple(notes)
