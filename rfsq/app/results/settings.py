"""The state of the Results page as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from rfsq.app.results.baselines import Dot
from rfsq.app.results.parts import BITS, PARTS
from rfsq.app.results.stages import FAMILIES, FAMILY_NAMES, MEASURES
from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues
from rfsq.app.shared.page_parts import PART
from rfsq.evidence.results import Results
from rfsq.figures.metric import METRICS
from rfsq.style.palette import label_of

CHARTS: Final = ("bands", "curves")  # in which a dot can be clicked


@dataclass(frozen=True)
class ResultsSettings:
    """Every choice of the page. The defaults are the first view."""

    part: str = BITS  # key of PARTS
    metric: str = "psnr_db"  # key of METRICS
    family: str = "4x1024"  # key of FAMILIES: whose stages are shown
    measure: str = "signal_to_step"  # key of MEASURES
    first: str = "rfsq-4x1024-layernorm"  # the pair that is compared photo by photo
    second: str = "rfsq-4x1024-none"
    dot: Dot | None = None  # what was clicked


def measured_metrics(results: Results) -> list[str]:
    """The metrics that most models were measured by: a chart of a few models would look like a ranking of all."""
    counts = {key: sum(key in model.per_image for model in results.models.values()) for key in METRICS}
    return [key for key, count in counts.items() if 2 * count > len(results.models)]


def write_results_link(settings: ResultsSettings) -> str:
    """All values and the version as a query string without "?"."""
    dot = settings.dot
    values = {
        "v": VERSION,
        PART: settings.part,
        "metric": settings.metric,
        "models": settings.family,
        "measure": settings.measure,
        "first": settings.first,
        "second": settings.second,
    }
    return urlencode(values | ({} if dot is None else {"dot": dot.model, "stages": dot.stages, "chart": dot.chart}))


def read_results_link(values: LinkValues, results: Results) -> tuple[ResultsSettings, tuple[str, ...]]:
    """Settings from the parameters of a link, and a sentence for each value that had to be replaced."""
    reader, names = LinkReader(values), {name: label_of(name) for name in results.models}
    first = ResultsSettings()
    reader.check_version()
    metrics = {key: METRICS[key].short for key in measured_metrics(results)}
    families = {key: FAMILY_NAMES[key] for key in FAMILIES if any(name in names for name in FAMILIES[key])}
    pair = [_known(name, list(names), place) for place, name in enumerate((first.first, first.second))]
    settings = ResultsSettings(
        part=reader.choice(
            PART, {name: part.label for name, part in PARTS.items()}, first.part, "There is no part of the results"
        ),
        metric=reader.choice(
            "metric", metrics, _known(first.metric, list(metrics)), "Most models were not measured by"
        ),
        family=reader.choice("models", families, _known(first.family, list(families)), "There are no results of"),
        measure=reader.choice("measure", MEASURES, first.measure, "There is no measure"),
        first=reader.choice("first", names, pair[0], "There are no results of"),
        second=reader.choice("second", names, pair[1], "There are no results of"),
        dot=_dot(reader, results),
    )
    return settings, reader.notes


def _dot(reader: LinkReader, results: Results) -> Dot | None:
    name = reader.text("dot")
    if name is None:
        return None
    quantized = {
        model: label_of(model) for model, found in results.models.items() if found.full.bits_per_token is not None
    }
    if name not in quantized:
        reader.choice("dot", {**quantized, "": "none"}, "", "There is no dot of")
        return None
    most = len(results.models[name].scores)
    stages = reader.whole("stages", 1, most, most, "stages", f", this model has {most}")
    return Dot(name, stages, reader.choice("chart", CHARTS, CHARTS[0], "There is no chart"))


def _known(wanted: str, names: Sequence[str], place: int = 0) -> str:
    """It, or else what is there."""
    return wanted if wanted in names else names[min(place, len(names) - 1)] if names else wanted
