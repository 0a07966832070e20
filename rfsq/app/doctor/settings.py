"""The state of the page "Doctor" as one value, and the links that restore it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from rfsq.app.shared.link_reader import VERSION, LinkReader, LinkValues, quoted
from rfsq.evidence.doctor.planted import planted
from rfsq.evidence.doctor.tensors import read_numbers

OWN: Final = "own"  # what a person brought: never part of a link
AUTO: Final = "auto"  # an axis that is found by the shapes
CHANNEL_AXES: Final = {AUTO: "by the shapes", "first": "first", "last": "last"}
INDEX_AXES: Final = {AUTO: "by the shapes", "none": "one index each", "first": "first", "last": "last"}
MOST_STAGES: Final = 64  # that a link can ask for


@dataclass(frozen=True)
class DoctorSettings:
    """Every choice of the page. The defaults are the first view."""

    example: str = "decay"  # a name of `planted()`, or OWN
    stage: int = 1  # whose levels are drawn
    sizes: str = ""  # of the codebooks of a person's own tensors, as written; empty: guessed
    levels: str = ""  # of their channels, as written
    channels: str = AUTO  # axis of their latents, a key of CHANNEL_AXES
    axis: str = AUTO  # of the indices of a token, a key of INDEX_AXES


def write_doctor_link(settings: DoctorSettings) -> str:
    """All values and the version as a query string without "?"."""
    return urlencode(
        {
            "v": VERSION,
            "example": settings.example,
            "stage": settings.stage,
            "codebook": settings.sizes,
            "levels": settings.levels,
            "channels": settings.channels,
            "axis": settings.axis,
        }
    )


def read_doctor_link(values: LinkValues, *, has_own: bool) -> tuple[DoctorSettings, tuple[str, ...]]:
    """Settings from the parameters of a link, and a sentence for each value that had to be replaced. `has_own`: this
    session has tensors of its own."""
    reader, first = LinkReader(values), DoctorSettings()
    reader.check_version()
    titles = {name: example.title for name, example in planted().items()} | ({OWN: "your own"} if has_own else {})
    if reader.text("example") == OWN and not has_own:
        reader.say("example", "The sender's own tensors are not in a link.", "Showing an example instead.")
        example = first.example
    else:
        example = reader.choice("example", titles, first.example, "There is no example")
    most = MOST_STAGES if example == OWN else planted()[example].stages
    settings = DoctorSettings(
        example,
        reader.whole("stage", 1, most, first.stage, "as its stage", f", there are {most}"),
        _numbers(reader, "codebook", "codebook size"),
        _numbers(reader, "levels", "levels"),
        reader.choice("channels", CHANNEL_AXES, first.channels, "There is no axis of channels"),
        reader.choice("axis", INDEX_AXES, first.axis, "There is no axis of indices"),
    )
    return settings, reader.notes


def _numbers(reader: LinkReader, key: str, what: str) -> str:
    """A list of numbers as it was written; empty where it is none."""
    text = reader.text(key) or ""
    try:
        numbers = read_numbers(text, what)
    except ValueError:
        reader.say(key, f"The link's {what} “{quoted(text)}” is no list of whole numbers.", "It is left out.")
        return ""
    return ",".join(map(str, numbers))
