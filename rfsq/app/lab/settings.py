"""The state of the part "Stages on the plane" as one value, and the links that restore it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from rfsq.app.lab.parts import PART, STAGES, read_part
from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues
from rfsq.app.shared.working_photo import FIRST_PHOTO
from rfsq.quantizers import CONDITIONINGS
from rfsq.teaching.lab import BASES, Stack
from rfsq.teaching.lab.stacks import MAX_FACTOR, MAX_LEVELS, MAX_STAGES, MIN_FACTOR, MIN_LEVELS

PHOTO: Final = "photo"
SAME: Final = "same"
SOURCE_NAMES: Final = {
    "gaussian": "Gaussian",
    "correlated": "correlated Gaussian",
    "uniform": "uniform",
    "ring": "ring",
    "mixture": "mixture",
    "heavy-tailed": "heavy-tailed",
    PHOTO: "latents of the photo",
}
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
MAX_SEED: Final = 9999
MAX_CHANNELS: Final = 64


@dataclass(frozen=True)
class LabSettings:
    """Every choice of the page. The defaults are the first view: a cloud that has shrunk into a few cells."""

    source: str = "gaussian"  # key of SOURCE_NAMES
    conditioning: str = "none"
    stages: int = 4
    base: str = "fsq"
    levels: int = 4  # per channel
    fitted_on: str = SAME  # key of SOURCE_NAMES, or SAME: where scales, frozen statistics and codebooks come from
    factors: tuple[float, ...] = ()  # one for each stage, or none: the best of a grid
    entropy: bool = False  # bits on the chart: entropies rather than nominal
    seed: int = 0
    channels: tuple[int, int] = (0, 1)  # of the photo's latents
    photo: str = FIRST_PHOTO
    stage: int = 2  # the one in the plane
    phase: str = "enters"  # one of PHASES
    magnify: bool = False
    probe: int = -1  # number of a sample, −1: one that shows much
    hide: tuple[str, ...] = ()  # some of CONTROLS
    step: str = ""  # of the lesson

    def stack(self, conditioning: str | None = None) -> Stack:
        """What is stacked, with this or another conditioning; VQ has none."""
        name = conditioning or self.conditioning
        known = next(item for item in CONDITIONINGS if item == ("none" if self.base == "vq" else name))
        return Stack(next(item for item in BASES if item == self.base), known, self.levels, self.stages)

    @property
    def uses_photo(self) -> bool:
        """Whether a photo's latents are shown or fitted on."""
        return PHOTO in (self.source, self.fitted_on)

    def follows(self, step: LabSettings) -> bool:
        """Whether these settings are about what a step opens: its strategy and quantizer, whatever else was tried.

        Steps ask for other sources, factors and fits; their text stays when one does so, and its sentences follow.
        """
        return (self.conditioning, self.base) == (step.conditioning, step.base)

    @property
    def fit_source(self) -> str:
        return self.source if self.fitted_on == SAME else self.fitted_on


def write_lab_link(settings: LabSettings) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            PART: STAGES,
            "source": settings.source,
            "conditioning": settings.conditioning,
            "stages": settings.stages,
            "base": settings.base,
            "levels": settings.levels,
            "fitted": settings.fitted_on,
            "factors": ",".join(f"{factor:.5g}" for factor in settings.factors),
            "bits": "entropy" if settings.entropy else "nominal",
            "seed": settings.seed,
            "channels": ",".join(map(str, settings.channels)),
            "photo": settings.photo,
            "stage": settings.stage,
            "phase": settings.phase,
            "magnify": int(settings.magnify),
            "probe": settings.probe,
            "hide": ",".join(settings.hide),
            "step": settings.step,
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
    reader, first = LinkReader(values), LabSettings()
    reader.check_version()
    read_part(reader)  # whoever asks for one that there is not gets this one, with a note
    sources = {name: SOURCE_NAMES[name] for name in SOURCE_NAMES if latent_channels or name != PHOTO}
    stages = reader.whole("stages", 1, MAX_STAGES, first.stages, "stages")
    settings = LabSettings(
        source=reader.choice("source", sources, first.source, "There is no source"),
        conditioning=reader.choice("conditioning", CONDITIONINGS, first.conditioning, "There is no conditioning"),
        stages=stages,
        base=reader.choice("base", BASE_NAMES, first.base, "There is no quantizer"),
        levels=reader.whole("levels", MIN_LEVELS, MAX_LEVELS, first.levels, "levels"),
        fitted_on=reader.choice(
            "fitted", {SAME: "the same source"} | sources, first.fitted_on, "There is no source to fit on"
        ),
        factors=reader.numbers("factors", MIN_FACTOR, MAX_FACTOR, stages, "factors", "Showing fitted ones."),
        entropy=reader.choice("bits", ("nominal", "entropy"), "nominal", "There are no bits of the kind") == "entropy",
        seed=reader.whole("seed", 0, MAX_SEED, first.seed, "as the seed"),
        channels=read_channels(reader, latent_channels or MAX_CHANNELS, first.channels),
        photo=reader.photo(photos, first.photo),
        stage=reader.whole("stage", 1, stages, min(first.stage, stages), "as the stage in the plane"),
        phase=reader.choice("phase", PHASES, first.phase, "There is no step of a stage"),
        magnify=reader.switch("magnify", first.magnify, "the magnifier"),
        probe=reader.whole("probe", -1, SAMPLES - 1, first.probe, "as the sample", default_name="one that shows much"),
        hide=reader.several("hide", CONTROLS, "There is no control"),
        step=reader.choice("step", ("", *steps), "", "There is no step of the lesson"),
    )
    if settings.step and not settings.follows(steps[settings.step]):
        reader.say("step", f"The link's step “{settings.step}” is not about its conditioning.", "It is left out.")
        settings = replace(settings, step="")
    return settings, reader.notes


def read_channels(reader: LinkReader, count: int, default: tuple[int, int]) -> tuple[int, int]:
    """Two different channels of `count`; in a link they are counted from 0, for people from 1."""
    outcome = f"Showing channels {default[0] + 1} and {default[1] + 1}, in links {default[0]} and {default[1]}."
    channels = reader.numbers("channels", 0, count - 1, 2, "channels", outcome)
    if not channels:
        return default
    if channels[0] == channels[1] or any(channel % 1 for channel in channels):
        reader.say("channels", "The link asks for channels that are not two different whole numbers.", outcome)
        return default
    return int(channels[0]), int(channels[1])
