"""The state of the part "Own quantizers" as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from rfsq.app.lab.parts import OWN, part_reader
from rfsq.app.lab.sampled import MAX_SEED, PHOTO, SOURCE_NAMES
from rfsq.app.lab.settings import LabSettings
from rfsq.app.shared.link_reader import VERSION, LinkValues
from rfsq.app.shared.page_parts import PART

SOURCES: Final = {name: label for name, label in SOURCE_NAMES.items() if name != PHOTO}
MOST_STAGES: Final = 32


@dataclass(frozen=True)
class OwnView:
    """Every choice of the part."""

    own: str = ""  # key of a quantizer of the process; empty for the first
    source: str = "gaussian"  # key of SOURCES
    seed: int = 0
    stages: int = MOST_STAGES  # whose cells are shown; more than it has for all

    def samples(self) -> LabSettings:
        """What names the samples, as the other parts of the Lab do."""
        return LabSettings(source=self.source, seed=self.seed)


def write_own_link(settings: OwnView) -> str:
    """All values and the version as a query string without "?"."""
    values = {"own": settings.own, "source": settings.source, "seed": settings.seed, "stages": settings.stages}
    return urlencode({"v": VERSION, PART: OWN} | values)


def read_own_link(values: LinkValues, keys: Collection[str]) -> tuple[OwnView, tuple[str, ...]]:
    """Settings from the parameters of a link, and a note for each parameter that had to be replaced. keys: of the quantizers
    that the process was started with, the only code that a link can ask for."""
    reader, first = part_reader(values), OwnView()
    default = next(iter(keys), "")
    settings = OwnView(
        own=reader.choice("own", keys, default, "This app was started without the quantizer"),
        source=reader.choice("source", SOURCES, first.source, "There is no source"),
        seed=reader.whole("seed", 0, MAX_SEED, first.seed, "as the seed"),
        stages=reader.whole("stages", 1, MOST_STAGES, first.stages, "stages"),
    )
    return settings, reader.notes
