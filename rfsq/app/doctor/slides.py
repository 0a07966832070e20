"""What the page "Doctor" offers for slides: all charts of the report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import plotly.graph_objects as go

from rfsq.app.doctor.charts import entropy_chart, signal_chart, stages_with_levels
from rfsq.app.doctor.pictures import DoctorPictures
from rfsq.app.doctor.work import Examined
from rfsq.app.shared.slides.offer import ChartOffer, SlideOffer, file_name
from rfsq.evidence.doctor.planted import planted
from rfsq.figures.codes import code_counts
from rfsq.figures.level_shares import level_shares
from rfsq.style.palette import Theme

_PANELS = 8  # stages whose codes have room on a slide
_COLUMNS = 8  # channels beside each other


def doctor_slides(examined: Examined, example: str, theme: Theme) -> SlideOffer:
    """All that the page offers. example: a name of `planted()`, or OWN."""
    known = planted().get(example)
    whose = "Own tensors" if known is None else f"Example “{known.title}”"
    notes = (f"{whose}. {examined.report.words}",)
    pictures = examined.pictures
    return SlideOffer(
        file=file_name("doctor", example), charts={} if pictures is None else _charts(pictures, notes, theme)
    )


def _charts(pictures: DoctorPictures, notes: tuple[str, ...], theme: Theme) -> dict[str, ChartOffer]:
    charts = {"entropy of each stage": ChartOffer(partial(entropy_chart, pictures, theme), notes, "entropy")}
    signal = signal_chart(pictures, theme)
    if signal is not None:
        charts["signal of each stage"] = ChartOffer(lambda: signal, notes, "signal")
    for stage in stages_with_levels(pictures):
        charts[f"levels of stage {stage}"] = ChartOffer(
            partial(level_shares, pictures.shares[stage - 1], theme=theme, columns=_COLUMNS),
            (f"Stage {stage} of {len(pictures.shares)}.", *notes),
            f"levels stage {stage}",
        )
    count = len(pictures.counts)
    slides = [range(begin, min(begin + _PANELS, count)) for begin in range(0, count, _PANELS)]
    for stages in slides:
        first, last = stages[0] + 1, stages[-1] + 1
        name = "use of the codes" if len(slides) == 1 else f"use of the codes, stages {first} to {last}"
        said = f"Stages {first} to {last} of {len(pictures.sizes)}." if len(pictures.sizes) > len(stages) else ""
        charts[name] = ChartOffer(
            partial(_use, pictures, stages, theme), tuple(filter(None, (said, *notes))), f"codes {first} to {last}"
        )
    return charts


def _use(pictures: DoctorPictures, stages: Sequence[int], theme: Theme) -> go.Figure:
    """How often each code of these stages is used. stages: from 0."""
    counts, sizes = [pictures.counts[stage] for stage in stages], [pictures.sizes[stage] for stage in stages]
    return code_counts(counts, sizes, theme=theme, first=stages[0] + 1)
