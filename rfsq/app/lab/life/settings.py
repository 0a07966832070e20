"""The state of the part "Codebook life" as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from rfsq.app.lab.parts import LIFE, part_reader
from rfsq.app.lab.sampled import SampledSettings, link_of_samples, read_sampled, settled_step
from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues
from rfsq.app.shared.page_parts import PART
from rfsq.figures.life_planes import View
from rfsq.teaching.lab.life import CODE_COUNTS, METHODS, SEEDS, STEPS, LifeSettings, StartName
from rfsq.teaching.lab.life.training import EVERY

START_NAMES: Final[dict[StartName, str]] = {
    "data": "codes on samples",
    "corner": "codes in a far corner",
    "latents": "latents far away",
}
ENCODER_NAMES: Final = {"learns": "learns", "frozen": "frozen"}
VIEWS: Final[tuple[View, ...]] = ("latents", "data")
RATES: Final = (0.003, 0.01, 0.03)
COMMITMENTS: Final = (0.25, 1.0)
CONTROLS: Final = ("parts", "lesson", "photos", "source", "start", "encoder", "codes", "more")  # what `hide` may name


@dataclass(frozen=True)
class LifeView(SampledSettings):
    """Every choice of the part. The defaults are the first view: the classic collapse, at its end."""

    codes: int = 16  # one of CODE_COUNTS
    start: StartName = "corner"
    encoder: str = "frozen"  # key of ENCODER_NAMES
    rate: float = 0.01  # one of RATES
    commitment: float = 0.25  # one of COMMITMENTS
    methods: tuple[str, ...] = tuple(METHODS)  # shown, at least one
    drawn: int = 1  # which of the seeds is drawn as points, 1 … SEEDS
    view: View = "latents"  # one of VIEWS
    at: int = STEPS  # the step in the picture
    step: str = "collapse"

    def life(self) -> LifeSettings:
        """What all methods have in common."""
        return LifeSettings(self.codes, self.start, self.encoder == "frozen", self.rate, self.commitment, self.seed)

    def subject(self) -> tuple[object, ...]:
        """Where things begin, and what learns."""
        return self.start, self.encoder


def write_life_link(settings: LifeView) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            PART: LIFE,
            **link_of_samples(settings),
            "codes": settings.codes,
            "start": settings.start,
            "encoder": settings.encoder,
            "rate": f"{settings.rate:g}",
            "commitment": f"{settings.commitment:g}",
            "methods": ",".join(settings.methods),
            "drawn": settings.drawn,
            "view": settings.view,
            "at": settings.at,
        },
        safe=",",
    )


def read_life_link(
    values: LinkValues, *, photos: Collection[str], steps: Mapping[str, LifeView], latent_channels: int
) -> tuple[LifeView, tuple[str, ...]]:
    """Settings from the parameters of a link, and a note for each parameter that had to be replaced.

    photos: names of the examples; steps: what each step of the lesson opens; latent_channels: of a photo's latents, 0
    where there is no model that makes them.
    """
    reader, first = part_reader(values), LifeView()
    sampled = read_sampled(
        reader, first, photos=photos, steps=steps, controls=CONTROLS, latent_channels=latent_channels
    )
    start = reader.choice("start", START_NAMES, first.start, "There is no start")
    view = reader.choice("view", VIEWS, first.view, "There is no view")
    methods = reader.several("methods", METHODS, "There is no method")
    settings = LifeView(
        **vars(sampled),
        codes=int(_one_of(reader, "codes", CODE_COUNTS, first.codes, "There is no choice of codes")),
        start=next(name for name in START_NAMES if name == start),
        encoder=reader.choice("encoder", ENCODER_NAMES, first.encoder, "There is no encoder that is"),
        rate=_one_of(reader, "rate", RATES, first.rate, "There is no choice of learning rate"),
        commitment=_one_of(
            reader, "commitment", COMMITMENTS, first.commitment, "There is no choice of commitment weight"
        ),
        methods=tuple(name for name in METHODS if name in methods) or first.methods,
        drawn=reader.whole("drawn", 1, SEEDS, first.drawn, "as the run that is drawn"),
        view=next(name for name in VIEWS if name == view),
        at=reader.whole("at", 0, STEPS, first.at, "as the step in the picture") // EVERY * EVERY,
    )
    return settled_step(reader, settings, steps, "start or encoder"), reader.notes


def _one_of(reader: LinkReader, key: str, allowed: tuple[float, ...], default: float, problem: str) -> float:
    """One of a few numbers."""
    return float(reader.choice(key, [f"{value:g}" for value in allowed], f"{default:g}", problem))
