"""What the Results page offers for slides: its charts, each with what was measured and by which command."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import plotly.graph_objects as go

from rfsq.app.results.curves import grouped_curves, score_rows
from rfsq.app.results.finding import Look
from rfsq.app.results.finding_list import PICTURES
from rfsq.app.results.session import current_settings
from rfsq.app.results.stack_list import PICTURES as STACK_PICTURES
from rfsq.app.results.stages import FAMILIES, MEASURE_WORDS, MEASURES, present, stage_figure
from rfsq.app.shared.slides.offer import ChartOffer, SlideOffer, file_name
from rfsq.evidence.findings import findings
from rfsq.evidence.results import Results
from rfsq.evidence.stacks.findings import stack_findings
from rfsq.evidence.stacks.grid import load_grid
from rfsq.evidence.stored import ResultsError
from rfsq.figures.equal_bits import equal_bits
from rfsq.figures.metric import Metric
from rfsq.figures.rate_curves import quality_against_bits
from rfsq.style.palette import Theme


def results_slides(results: Results, metric: Metric, theme: Theme) -> SlideOffer:
    """All charts in their wide form: those of scores by the chosen metric, the stages as chosen, and that of each finding."""
    settings = current_settings(results)
    measured = f"{results.images} photos of {results.folder} that no model was trained on; made by {results.command}."
    names = present(results, FAMILIES[settings.family])
    whiskers = "Whiskers: 95 % bootstrap intervals over the photos."
    charts = {
        f"{metric.short} in bands of equal bits": ChartOffer(
            lambda: equal_bits(score_rows(results, metric), metric, theme=theme),
            (f"{measured} {whiskers}",),
            file_name(metric.key, "equal bits"),
        ),
        f"{metric.short} against bits per pixel": ChartOffer(
            lambda: quality_against_bits(grouped_curves(results, metric), metric, theme=theme),
            (f"{measured} Bits are nominal, without side information. Dashed: the same network without rounding.",),
            file_name(metric.key, "bits per pixel"),
        ),
        f"Each stage: {MEASURES[settings.measure]}": ChartOffer(
            lambda: stage_figure(results, names, settings.measure, theme),
            (MEASURE_WORDS[settings.measure], measured),
            file_name(settings.measure, settings.family),
        ),
    }
    look = Look(theme, narrow=False)
    for finding in findings(results):
        charts[finding.claim] = _of_finding(
            partial(PICTURES[finding.key], results, finding, look), finding.key, measured
        )
    charts |= _stacks(results, look)
    return SlideOffer(file="results", charts=charts)


def _stacks(results: Results, look: Look) -> dict[str, ChartOffer]:
    try:
        grid = load_grid()
    except ResultsError:  # the page says why
        return {}
    if grid is None:
        return {}
    measured = f"{grid.images} photos of {grid.folder}; made by {grid.command}."
    return {
        finding.claim: _of_finding(partial(STACK_PICTURES[finding.key], results, grid, look), finding.key, measured)
        for finding in stack_findings(results, grid)
    }


def _of_finding(draw: Callable[[], go.Figure], key: str, measured: str) -> ChartOffer:
    return ChartOffer(draw, (measured,), key)
