"""What the Compare page offers for slides: its pictures, their stages, its chart."""

from __future__ import annotations

from rfsq.app.compare.chart import chart_figure
from rfsq.app.compare.claim import claim_of
from rfsq.app.compare.files import known_bytes
from rfsq.app.compare.panels import VIEWER
from rfsq.app.compare.scores import rate_text
from rfsq.app.compare.settings import CHARTS
from rfsq.app.compare.view import View
from rfsq.app.shared.reconstructions import pictures_of
from rfsq.app.shared.rfsq_files import stages_text
from rfsq.app.shared.slides.offer import ChartOffer, SlideOffer, ViewOffer, file_name, photo_note, stages_offer
from rfsq.figures.stage_sequence import SequencePicture
from rfsq.style.palette import label_of
from rfsq.style.wording import format_bytes, format_db

TOO_LARGE = "The stages of a photo this large would take minutes: choose a smaller working size for an animation."


def compare_slides(view: View) -> SlideOffer:
    """All that the page offers."""
    notes = _notes(view)
    many = view.plan.positions > 1
    return SlideOffer(
        file=file_name(view.settings.photo, "-".join(map(view.short_label, view.choice.shown))),
        view=ViewOffer(VIEWER, claim_of(view) or "", notes),  # the viewer writes what is unequal itself
        sequence=stages_offer(view.plan.positions, lambda: _sequence(view), notes, _counted(view))
        if many and not view.working.large
        else None,
        no_sequence=TOO_LARGE if many and view.working.large else "",
        charts=_charts(view, notes),
    )


def _charts(view: View, notes: tuple[str, ...]) -> dict[str, ChartOffer]:
    figure = chart_figure(view)
    if figure is None:
        return {}
    prices = (f"{view.label(name)}, {stages_text(name, k)}: {_price(view, name, k)}" for name, k in view.panels)
    name = CHARTS[view.settings.chart]
    return {name: ChartOffer(lambda: figure, (f"{'; '.join(prices)}.", *notes), name)}


def _counted(view: View) -> str:
    """What the number in the animation counts."""
    reference = view.plan.reference
    return "Stage" if reference is None else f"{view.label(reference)}, stage"


def _sequence(view: View) -> list[SequencePicture]:
    """The original, and the pictures of each method after 1 … S stages; in equal bytes those of the matched files."""
    height, width = view.working.size
    found = [SequencePicture("Original", "", (view.working.pixels,), ((f"{width} × {height} pixels",),))]
    for name in view.choice.shown:
        frames = pictures_of(view.working, name).frames
        stages = view.plan.stages[name]
        captions = tuple(
            (f"{format_db(frames[k].psnr_db)} · {stages_text(name, k)}", _price(view, name, k)) for k in stages
        )
        found.append(SequencePicture(view.label(name), name, tuple(frames[k].pixels for k in stages), captions))
    return found


def _price(view: View, name: str, k: int) -> str:
    size = known_bytes(view.working, name, k)
    return rate_text(view.pictures[name].rate(k)) + (f" · {format_bytes(size)} file" if size is not None else "")


def _notes(view: View) -> tuple[str, ...]:
    """Settings, photo and licence."""
    around = f", around the network {label_of(view.settings.network)}" if view.settings.preset == "network" else ""
    models = f"{'; '.join(label_of(name) for name in view.choice.shown)}{around}."
    return tuple(filter(None, (models, photo_note(view.photo, view.working.size), view.photo.note)))
