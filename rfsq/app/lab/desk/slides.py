"""What the design desk offers for slides: the latents of a photo, cut by the grids that are shown."""

from __future__ import annotations

from rfsq.app.lab.desk.grids import CutLatents, grids_note
from rfsq.app.lab.desk.settings import DeskSettings
from rfsq.app.shared.slides.offer import SlideOffer, dealt_charts, file_name, photo_note
from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.figures.grid_cells import row_height
from rfsq.style.palette import Theme


def desk_slides(settings: DeskSettings, cut: CutLatents, photo: ChosenPhoto, theme: Theme) -> SlideOffer:
    """cut: what the page shows."""
    notes = (grids_note(settings, cut.samples).replace("`", ""), photo_note(photo, None))
    row = row_height(len(cut.shown))
    return SlideOffer(
        file=file_name("lab-desk", photo.name, settings.grid, f"{settings.levels} levels"),
        charts=dealt_charts(
            "cells of the grids",
            {fixed.grid.label: row for fixed, _ in cut.shown},
            lambda only: cut.figure(theme, narrow=False, only=only),
            notes,
            "cells",
            "grids",
        ),
    )
