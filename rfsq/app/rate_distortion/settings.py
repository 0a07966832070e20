"""The state of the Rate–distortion page as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, cast, get_args
from urllib.parse import urlencode

from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues
from rfsq.app.shared.own_models import config_of
from rfsq.app.shared.working_photo import FIRST_PHOTO, SIZES
from rfsq.app.viewer import VIEWS, Place
from rfsq.app.viewer.place import read_place
from rfsq.codec.other_formats import CHROMAS, Chroma, available_formats
from rfsq.codec.rate_distortion import RD_METRICS, RdMetric
from rfsq.evidence.low_rates.models import CARRIERS, LOW_RATE_MODELS, RVQ
from rfsq.figures.metric import METRICS
from rfsq.metrics.learned import ST_LPIPS_SCORES
from rfsq.metrics.st_lpips import st_lpips_missing
from rfsq.style.palette import label_of

Blocks = Literal["fine", "coarse"]  # that a token stands for: of 4×4 pixels, or of 8×8 and 16×16
BLOCKS: Final[tuple[Blocks, ...]] = get_args(Blocks)
FIRST: Final = ("rfsq-4x1024-grouped", "rfsq-4x1024-layernorm")
FIRST_COARSE: Final = (*LOW_RATE_MODELS, RVQ.name_on(CARRIERS[0]))
MAX_MODELS: Final = 3
# 33 files of each photo are written: full size would take minutes
WORKING_SIZES: Final = tuple(key for key in SIZES if key != "full")


@dataclass(frozen=True)
class RdSettings:
    """Every choice of the page. The defaults are the first view."""

    models: tuple[str, ...] = FIRST
    metric: RdMetric = "psnr_db"
    size: str = "256"  # one of WORKING_SIZES
    chroma: Chroma = CHROMAS[0]  # of JPEG and AVIF
    model: str = FIRST[0]  # whose file the rule in the chart and the pictures show,
    stages: int = 4  # cut after this stage; a model with fewer shows all it has
    view: str = "grid"  # of the pictures, one of VIEWS


def blocks_of(name: str) -> Blocks:
    """The blocks of a model."""
    return "fine" if config_of(name).stride == 4 else "coarse"


def first_models(available: Sequence[str], blocks: Blocks) -> tuple[str, ...]:
    """What is shown of these blocks at first; empty where there is no model of them."""
    wanted = FIRST if blocks == "fine" else FIRST_COARSE
    offered = [name for name in available if blocks_of(name) == blocks]
    return tuple(name for name in wanted if name in offered) or tuple(offered[:1])


def first_settings(available: Sequence[str]) -> RdSettings:
    """The first view, with the models that are here."""
    models = first_models(available, "fine") or first_models(available, "coarse")
    return RdSettings(models, model=models[0], stages=config_of(models[0]).num_stages)


def measured_metrics() -> tuple[RdMetric, ...]:
    """The metrics that can be measured here; those of networks need their weights."""
    missing = {score for score, net in ST_LPIPS_SCORES.items() if st_lpips_missing(net) is not None}
    return tuple(metric for metric in RD_METRICS if metric not in missing)


def write_rd_link(settings: RdSettings, photo: str) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            "photo": photo,
            "models": ",".join(settings.models),
            "metric": settings.metric,
            "size": settings.size,
            "colour": settings.chroma,
            "file": settings.model,
            "stages": settings.stages,
            "view": settings.view,
        }
    )


@dataclass(frozen=True)
class RdLink:
    """What a link asks for, put right."""

    settings: RdSettings
    photo: str
    place: Place  # of the viewer; the browser writes it into the link
    notes: tuple[str, ...]  # a sentence for each value that had to be replaced


def pictures_of(settings: RdSettings) -> tuple[str, ...]:
    """Names of the viewer's pictures: the model of the file, and the other formats."""
    return (settings.model, *available_formats(settings.chroma))


def read_rd_link(values: LinkValues, *, photos: Collection[str], available: Sequence[str]) -> RdLink:
    """What the parameters of a link ask for; missing ones get their defaults without a word."""
    reader, first = LinkReader(values), first_settings(available)
    reader.check_version()
    photo = reader.photo(photos, FIRST_PHOTO)
    models = reader.several("models", available, "There is no model")
    if len(models) > MAX_MODELS:
        reader.say("models", f"The link asks for {len(models)} models.", f"Showing the first {MAX_MODELS}.")
    models = models[:MAX_MODELS] or first.models
    if any(blocks_of(name) != blocks_of(models[0]) for name in models):
        reader.say("models", "The link asks for models of small and of large blocks.", "Showing those like the first.")
        models = tuple(name for name in models if blocks_of(name) == blocks_of(models[0]))
    metrics = {key: METRICS[key].short for key in measured_metrics()}
    settings = RdSettings(
        models=models,
        metric=cast(RdMetric, reader.choice("metric", metrics, first.metric, "Files are not measured by")),
        size=reader.choice("size", {key: SIZES[key] for key in WORKING_SIZES}, first.size, "There is no working size"),
        chroma=cast(Chroma, reader.choice("colour", CHROMAS, first.chroma, "There is no resolution of colour")),
        model=reader.choice("file", {name: label_of(name) for name in models}, models[0], "There is no file of"),
        view=reader.choice("view", VIEWS, first.view, "There is no view"),
    )
    most = config_of(settings.model).num_stages
    stages = reader.whole("stages", 1, most, most, "stages", f", this model has {most}")
    return RdLink(replace(settings, stages=stages), photo, read_place(reader, pictures_of(settings)), reader.notes)
