"""The state of the part "Stages on the plane" as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from rfsq.app.lab.parts import STAGES, part_reader
from rfsq.app.lab.sampled import PHOTO, SampledSettings, link_of_samples, read_sampled, settled_step, sources_here
from rfsq.app.shared.link_reader import VERSION, LinkValues
from rfsq.app.shared.page_parts import PART
from rfsq.quantizers import CONDITIONINGS
from rfsq.teaching.lab import BASES, Stack
from rfsq.teaching.lab.stacks import MAX_FACTOR, MAX_LEVELS, MAX_STAGES, MIN_FACTOR, MIN_LEVELS

SAME: Final = "same"
BASE_NAMES: Final = {"fsq": "FSQ", "lfq": "LFQ", "vq": "VQ"}
PHASES: Final = ("enters", "sent", "left")
CONTROLS: Final = (
    "parts",
    "lesson",
    "photos",
    "source",
    "conditioning",
    "stages",
    "more",
    "factors",
)  # what `hide` may name
SAMPLES: Final = 4000


@dataclass(frozen=True)
class LabSettings(SampledSettings):
    """Every choice of the part. The defaults are the first view: a cloud that has shrunk into a few cells."""

    conditioning: str = "none"
    stages: int = 4
    base: str = "fsq"
    levels: int = 4  # per channel
    fitted_on: str = SAME  # key of SOURCE_NAMES, or SAME: where scales, frozen statistics and codebooks come from
    factors: tuple[float, ...] = ()  # one for each stage, or none: the best of a grid
    entropy: bool = False  # bits on the chart: entropies rather than nominal
    stage: int = 2  # the one in the plane
    phase: str = "enters"  # one of PHASES
    magnify: bool = False
    probe: int = -1  # number of a sample, −1: one that shows much

    def stack(self, conditioning: str | None = None) -> Stack:
        """What is stacked, with this or another conditioning; VQ has none."""
        name = conditioning or self.conditioning
        known = next(item for item in CONDITIONINGS if item == ("none" if self.base == "vq" else name))
        return Stack(next(item for item in BASES if item == self.base), known, self.levels, self.stages)

    @property
    def uses_photo(self) -> bool:
        return PHOTO in (self.source, self.fitted_on)

    def subject(self) -> tuple[object, ...]:
        """Strategy and quantizer: steps ask for other sources, factors and fits, and their sentences follow."""
        return self.conditioning, self.base

    @property
    def fit_source(self) -> str:
        return self.source if self.fitted_on == SAME else self.fitted_on


def write_lab_link(settings: LabSettings) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            PART: STAGES,
            **link_of_samples(settings),
            "conditioning": settings.conditioning,
            "stages": settings.stages,
            "base": settings.base,
            "levels": settings.levels,
            "fitted": settings.fitted_on,
            "factors": ",".join(f"{factor:.5g}" for factor in settings.factors),
            "bits": "entropy" if settings.entropy else "nominal",
            "stage": settings.stage,
            "phase": settings.phase,
            "magnify": int(settings.magnify),
            "probe": settings.probe,
        },
        safe=",",
    )


def read_lab_link(
    values: LinkValues, *, photos: Collection[str], steps: Mapping[str, LabSettings], latent_channels: int
) -> tuple[LabSettings, tuple[str, ...]]:
    """Settings from the parameters of a link, and a note for each parameter that had to be replaced.

    photos: names of the examples; steps: what each step of the lesson opens; latent_channels: of a photo's latents, 0
    where there is no model that makes them.
    """
    reader, first = part_reader(values), LabSettings()
    sampled = read_sampled(
        reader, first, photos=photos, steps=steps, controls=CONTROLS, latent_channels=latent_channels
    )
    sources = {SAME: "the same source"} | sources_here(latent_channels)
    stages = reader.whole("stages", 1, MAX_STAGES, first.stages, "stages")
    settings = LabSettings(
        **vars(sampled),
        conditioning=reader.choice("conditioning", CONDITIONINGS, first.conditioning, "There is no conditioning"),
        stages=stages,
        base=reader.choice("base", BASE_NAMES, first.base, "There is no quantizer"),
        levels=reader.whole("levels", MIN_LEVELS, MAX_LEVELS, first.levels, "levels"),
        fitted_on=reader.choice("fitted", sources, first.fitted_on, "There is no source to fit on"),
        factors=reader.numbers("factors", MIN_FACTOR, MAX_FACTOR, stages, "factors", "Showing fitted ones."),
        entropy=reader.choice("bits", ("nominal", "entropy"), "nominal", "There are no bits of the kind") == "entropy",
        stage=reader.whole("stage", 1, stages, min(first.stage, stages), "as the stage in the plane"),
        phase=reader.choice("phase", PHASES, first.phase, "There is no step of a stage"),
        magnify=reader.switch("magnify", first.magnify, "the magnifier"),
        probe=reader.whole("probe", -1, SAMPLES - 1, first.probe, "as the sample", default_name="one that shows much"),
    )
    return settled_step(reader, settings, steps, "conditioning or quantizer"), reader.notes
