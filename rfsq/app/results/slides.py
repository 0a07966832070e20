"""What the Results page offers for slides: its charts, each with what was measured and by which command."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import plotly.graph_objects as go

from rfsq.app.results.curves import grouped_curves, score_rows
from rfsq.app.results.few_bits import few_bits_findings
from rfsq.app.results.finding import Look
from rfsq.app.results.finding_list import GROUPED_TITLE, PICTURES, grouped_picture
from rfsq.app.results.loss_search import search_picture
from rfsq.app.results.low_rate_goals import goals_picture, low_rate_goals
from rfsq.app.results.low_rates import low_rate_picture, low_rates
from rfsq.app.results.measured import photos_words
from rfsq.app.results.more_steps import steps_picture
from rfsq.app.results.pair import pair_figure, pair_words
from rfsq.app.results.parts import BITS, FINDINGS, RATES, STACKS
from rfsq.app.results.settings import ResultsSettings
from rfsq.app.results.stack_list import BANDS, PICTURES as STACK_PICTURES
from rfsq.app.results.stages import FAMILIES, MEASURE_WORDS, MEASURES, present, stage_figure
from rfsq.app.shared.slides.offer import ChartOffer, SlideOffer, dealt_charts, file_name
from rfsq.evidence.few_bits.file import load_few_bits
from rfsq.evidence.few_bits.words import how_words, steps_finding
from rfsq.evidence.findings import findings
from rfsq.evidence.loss_search.search import load_search
from rfsq.evidence.loss_search.words import measured_words, search_finding
from rfsq.evidence.results import Results
from rfsq.evidence.stacks.findings import stack_findings
from rfsq.evidence.stacks.grid import load_grid
from rfsq.evidence.statements import Finding
from rfsq.evidence.stored import ResultsError
from rfsq.figures.dot_rows import band_height
from rfsq.figures.equal_bits import bands_of, equal_bits
from rfsq.figures.metric import METRICS
from rfsq.figures.rate_curves import panel_heights, quality_against_bits
from rfsq.style.palette import Theme

Charts = dict[str, ChartOffer]
GROUPED_NOTE: Final = (
    "Of the grouped model: levels of each channel in each stage. ÷: by how much a stage refines what is there already."
)


def has_slides(part: str) -> bool:
    """Whether a part of the page has charts."""
    return part in _OF_PART


def results_slides(results: Results, settings: ResultsSettings, theme: Theme) -> SlideOffer:
    """All charts of the open part in their wide form: those of scores by the chosen metric, the stages and the pair as chosen."""
    look = Look(theme, narrow=False)
    charts: Charts = {}
    for group in _OF_PART[settings.part]:
        charts |= _readable(partial(group, results, settings, look))
    return SlideOffer(file="results", charts=charts)


def _readable(group: Callable[[], Charts]) -> Charts:
    """Its charts; none of a damaged file, of which the page says what is wrong."""
    try:
        return group()
    except ResultsError:
        return {}


def _measured(results: Results) -> str:
    return _plain(photos_words(results))


def _plain(words: str) -> str:
    """As a drawing has no code between backticks."""
    return words.replace("`", "")


def _scores(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    metric = METRICS[settings.metric]
    rows, curves = score_rows(results, metric), grouped_curves(results, metric)
    bands = {name: band_height(len(band)) for name, band in bands_of(rows, metric).items()}
    measured = _measured(results)
    return dealt_charts(
        f"{metric.short} in bands of equal bits",
        bands,
        lambda only: equal_bits(rows, metric, only=only, theme=look.theme),
        (f"{measured} Whiskers: 95 % bootstrap intervals over the photos.",),
        file_name(metric.key, "equal bits"),
        "bands",
    ) | dealt_charts(
        f"{metric.short} against bits per pixel",
        panel_heights(curves, metric),
        lambda only: quality_against_bits(curves, metric, only=only, theme=look.theme),
        (f"{measured} Bits are nominal, without side information. Dashed: the same network without rounding.",),
        file_name(metric.key, "bits per pixel"),
        "panels",
    )


def _stages(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    names, measure = present(results, FAMILIES[settings.family]), settings.measure
    return {
        f"Each stage: {MEASURES[measure]}": ChartOffer(
            lambda: stage_figure(results, names, measure, look.theme),
            (MEASURE_WORDS[measure], _measured(results)),
            file_name(measure, settings.family),
        )
    }


def _stacks(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    """Of the grid of stacks."""
    charts: Charts = {}
    grid = load_grid()
    for finding in [] if grid is None else stack_findings(results, grid):
        assert grid is not None, "its findings"
        measured = f"{grid.images} photos of {grid.folder}; made by {grid.command}."
        draw = partial(STACK_PICTURES[finding.key], results, grid)
        if finding.key not in BANDS:
            charts[finding.claim] = ChartOffer(partial(draw, look), _said(finding, measured), finding.key)
            continue
        heights = {name: band_height(len(band)) for name, band in BANDS[finding.key](results, grid).items()}
        charts |= dealt_charts(
            finding.claim, heights, _of_bands(draw, look), _said(finding, measured), finding.key, "bands"
        )
    return charts


def _few_bits(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    """Of the networks for few bits."""
    charts: Charts = {}
    few = load_few_bits()
    for finding, picture in [] if few is None else few_bits_findings(few):
        assert few is not None, "its findings"
        heights = {name: band_height(len(band)) for name, band in picture.bands(few).items()}
        draw = partial(picture.draw, few)
        charts |= dealt_charts(
            finding.claim, heights, _of_bands(draw, look), _said(finding, f"{how_words(few)}."), finding.key, "bands"
        )
    return charts


def _of_bands(draw: Callable[[Look], go.Figure], look: Look) -> Callable[[Collection[str]], go.Figure]:
    return lambda only: draw(replace(look, only=only))


def _said(finding: Finding, measured: str) -> tuple[str, ...]:
    """The claim that the chart is for, and what was measured."""
    return f"{finding.claim}.", _plain(measured)


def _low_rates(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    charts: Charts = {}
    if (found := low_rates()) is not None:
        gallery, finding = found
        weighed = f"Whole files of {len(gallery.photos)} photos of the gallery; made by {gallery.command}."
        charts[finding.claim] = ChartOffer(
            partial(low_rate_picture, gallery, look), _said(finding, weighed), finding.key
        )
    goals = low_rate_goals()
    if goals is not None and goals.bands:
        notes = _said(goals.finding, f"{goals.source}.")
        charts[goals.finding.claim] = ChartOffer(partial(goals_picture, goals, look), notes, goals.finding.key)
    return charts


def _more_steps(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    few = load_few_bits()
    finding = None if few is None else steps_finding(few)
    if few is None or finding is None:
        return {}
    return {
        finding.claim: ChartOffer(partial(steps_picture, few, look), _said(finding, f"{how_words(few)}."), finding.key)
    }


def _pair(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    metric, first, second = METRICS[settings.metric], settings.first, settings.second
    measured = [name for name in (first, second) if metric.key in results.models[name].per_image]
    if first == second or len(measured) < 2:
        return {}
    return {
        f"{metric.short}, photo by photo": ChartOffer(
            lambda: pair_figure(results, first, second, metric, look.theme),
            (pair_words(results, first, second, metric), _measured(results)),
            file_name(metric.key, first, second),
        )
    }


def _findings(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    charts = {
        finding.claim: ChartOffer(
            partial(PICTURES[finding.key], results, finding, look), _said(finding, _measured(results)), finding.key
        )
        for finding in findings(results)
    }
    return charts | {GROUPED_TITLE: ChartOffer(partial(grouped_picture, look.theme), (GROUPED_NOTE,), "grouped")}


def _search(results: Results, settings: ResultsSettings, look: Look) -> Charts:
    search = load_search()
    finding = None if search is None else search_finding(search)
    if search is None or finding is None:
        return {}
    measured = measured_words(search).replace("`", "")
    return {finding.claim: ChartOffer(partial(search_picture, search, look), _said(finding, measured), finding.key)}


_OF_PART: Final[Mapping[str, Sequence[Callable[[Results, ResultsSettings, Look], Charts]]]] = {
    BITS: (_scores, _stages, _pair),
    FINDINGS: (_findings,),
    STACKS: (_stacks,),
    RATES: (_low_rates, _few_bits, _more_steps, _search),
}
