"""The sources of samples that parts of the Lab offer, and the settings that name samples: the same in each part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from rfsq.app.shared.link_reader import LinkReader
from rfsq.app.shared.working_photo import FIRST_PHOTO

PHOTO: Final = "photo"
SOURCE_NAMES: Final = {
    "gaussian": "Gaussian",
    "correlated": "correlated Gaussian",
    "uniform": "uniform",
    "ring": "ring",
    "mixture": "mixture",
    "heavy-tailed": "heavy-tailed",
    PHOTO: "latents of the photo",
}
MAX_SEED: Final = 9999
MAX_CHANNELS: Final = 64


@dataclass(frozen=True)
class SampledSettings:
    """Which samples a part shows, and how far a lesson has got with them."""

    source: str = "gaussian"  # key of SOURCE_NAMES
    seed: int = 0
    channels: tuple[int, int] = (0, 1)  # of the photo's latents
    photo: str = FIRST_PHOTO
    hide: tuple[str, ...] = ()  # controls that the link hides
    step: str = ""  # of the lesson

    @property
    def uses_photo(self) -> bool:
        """Whether a photo's latents are shown or fitted on."""
        return self.source == PHOTO

    def subject(self) -> tuple[object, ...]:
        """What the text of a step is about: it stays while these stay, whatever else is tried."""
        raise NotImplementedError


Settings = TypeVar("Settings", bound=SampledSettings)


def within_lesson(settings: Settings, steps: Mapping[str, Settings]) -> Settings:
    """The settings, without their step where they are no longer about what it opens."""
    if settings.step and settings.subject() != steps[settings.step].subject():
        return replace(settings, step="")
    return settings


def sources_here(latent_channels: int) -> dict[str, str]:
    """The sources with their names; a photo's latents only where a model makes some."""
    return {name: label for name, label in SOURCE_NAMES.items() if latent_channels or name != PHOTO}


def read_sampled(
    reader: LinkReader,
    first: SampledSettings,
    *,
    photos: Collection[str],
    steps: Collection[str],
    controls: Collection[str],
    latent_channels: int,
) -> SampledSettings:
    """These settings of a link. first: the part's defaults; steps: of its lesson; controls: those that a link may hide."""
    return SampledSettings(
        source=reader.choice("source", sources_here(latent_channels), first.source, "There is no source"),
        seed=reader.whole("seed", 0, MAX_SEED, first.seed, "as the seed"),
        channels=_read_channels(reader, latent_channels or MAX_CHANNELS, first.channels),
        photo=reader.photo(photos, first.photo),
        hide=reader.several("hide", controls, "There is no control"),
        step=reader.choice("step", ("", *steps), first.step, "There is no step of the lesson"),
    )


def settled_step(reader: LinkReader, settings: Settings, steps: Mapping[str, Settings], subject: str) -> Settings:
    """The settings of a link, without a step that is about something else; a note, where the link asks for the step."""
    settled = within_lesson(settings, steps)
    if settled.step != settings.step and reader.text("step") is not None:
        reader.say("step", f"The link's step “{settings.step}” is about another {subject}.", "It is left out.")
    return settled


def link_of_samples(settings: SampledSettings) -> dict[str, str | int]:
    """The same settings as parameters of a link."""
    return {
        "source": settings.source,
        "seed": settings.seed,
        "channels": ",".join(map(str, settings.channels)),
        "photo": settings.photo,
        "hide": ",".join(settings.hide),
        "step": settings.step,
    }


def _read_channels(reader: LinkReader, count: int, default: tuple[int, int]) -> tuple[int, int]:
    """Two different channels of `count`; in a link they are counted from 0, for people from 1."""
    outcome = f"Showing channels {default[0] + 1} and {default[1] + 1}, in links {default[0]} and {default[1]}."
    channels = reader.numbers("channels", 0, count - 1, 2, "channels", outcome)
    if not channels:
        return default
    if channels[0] == channels[1] or any(channel % 1 for channel in channels):
        reader.say("channels", "The link asks for channels that are not two different whole numbers.", outcome)
        return default
    return int(channels[0]), int(channels[1])
