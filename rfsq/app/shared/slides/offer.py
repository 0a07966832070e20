"""What a page offers for slides, as plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import plotly.graph_objects as go

from rfsq.app.shared.working_photo import OWN_PHOTO, ChosenPhoto
from rfsq.figures.slide_chart import dealt
from rfsq.figures.stage_sequence import SequencePicture, stage_numbers

_NAME_CHARS = 100  # of a file


@dataclass(frozen=True, eq=False)
class ViewOffer:
    """The pictures of a viewer, as they stand there."""

    viewer: str  # its key
    title: str = ""  # what is written above them
    notes: tuple[str, ...] = ()  # what is written below them


@dataclass(frozen=True, eq=False)
class PicturesOffer:
    """Pictures of a page that has no viewer, beside each other."""

    title: str
    make: Callable[[], Sequence[SequencePicture]]  # of one frame each; runs when the file is asked for
    notes: tuple[str, ...] = ()
    file: str = "pictures"  # what its file is called after the page's part


@dataclass(frozen=True, eq=False)
class SequenceOffer:
    """The same pictures at several moments, such as after 1 … S stages, as an animation."""

    name: str  # what the moments are: "stages 1 to 4"
    heads: tuple[str, ...]  # what stands above the pictures at each
    make: Callable[[], Sequence[SequencePicture]]  # runs when the file is asked for
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ChartOffer:
    """A chart of the page."""

    draw: Callable[[], go.Figure]  # runs when the chart is chosen
    notes: tuple[str, ...] = ()
    file: str = ""  # what its file is called after the page's part


@dataclass(frozen=True, eq=False)
class SlideOffer:
    """All that a page offers."""

    file: str  # begins the names of the files: what is shown
    view: ViewOffer | PicturesOffer | None = None
    sequence: SequenceOffer | None = None
    no_sequence: str = ""  # a sentence where there is none though there are stages
    charts: Mapping[str, ChartOffer] = field(default_factory=dict)  # by what they are called


def dealt_charts(
    name: str,
    heights: Mapping[str, float],
    draw: Callable[[Collection[str]], go.Figure],
    notes: tuple[str, ...],
    file: str,
    what: str,
) -> dict[str, ChartOffer]:
    """A chart of several bands or panels, by what it is called: on as many slides as have room for them, each of which says
    what it leaves to the others.

    heights: px of each on its page, by its name; draw: a chart of some of them on the axes of all; what: "bands", "panels".
    """
    slides = dealt(heights)
    if len(slides) == 1:
        return {name: ChartOffer(lambda: draw(slides[0]), notes, file)}
    charts = {}
    for number, shown in enumerate(slides, start=1):
        part = (
            f"Slide {number} of {len(slides)}: {len(shown)} of {len(heights)} {what}. The others stand on the other "
            f"slide{'' if len(slides) == 2 else 's'}, all on the same axes."
        )
        charts[f"{name}, {number} of {len(slides)}"] = ChartOffer(
            partial(draw, shown), (part, *notes), file_name(file, f"{number} of {len(slides)}")
        )
    return charts


def stages_offer(
    count: int, make: Callable[[], Sequence[SequencePicture]], notes: tuple[str, ...], counted: str = "Stage"
) -> SequenceOffer:
    """The pictures after 1 … `count` stages; counted: what the number above them counts."""
    return SequenceOffer(f"stages 1 to {count}", stage_numbers(count, counted), make, notes)


def file_name(*parts: str) -> str:
    """A name of plain letters for what is shown: parts joined by "_", without an ending; names can be parts.

    >>> file_name("cat", "none, layernorm", "3 of 4")
    'cat_none-layernorm_3-of-4'
    """
    plain = (re.sub(r"[^a-z0-9_]+", "-", part.lower()).strip("-") for part in parts)
    return "_".join(filter(None, plain))[:_NAME_CHARS]


def photo_note(photo: ChosenPhoto, size: tuple[int, int] | None) -> str:
    """Whose photo it is: "Photo: Cat, 256 × 171 pixels. Stefan van der Walt, CC0." size: height and width of the copy that
    the models see, None where no picture is shown."""
    pixels = "" if size is None else f", {size[1]} × {size[0]} pixels"
    if photo.name == OWN_PHOTO:
        return f"Photo: not from the gallery{pixels}."
    return f"Photo: {photo.title}{pixels}. {photo.credit}."
