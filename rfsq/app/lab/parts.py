"""The parts of the Lab."""

from __future__ import annotations

from typing import Final

from rfsq.app.shared.link_reader import LinkReader, LinkValues
from rfsq.app.shared.own_quantizers import own_keys
from rfsq.app.shared.page_parts import PART, Part

STAGES: Final = "stages"  # the first view, and where a link leads that names no part
DESK: Final = "desk"
LIFE: Final = "life"
OWN: Final = "own"  # there only where the process was started with quantizers of one's own

PARTS: Final = {
    STAGES: Part(
        "Stages on the plane",
        "Why does the remainder become hard to round, and what helps?",
        "Press play: every stage rounds what the one before left. Then change the conditioning.",
    ),
    DESK: Part(
        "Design desk",
        "Which levels for my bits, and how should latents be cut?",
        "Say what a token may cost. Then, below, see which grid loses least.",
    ),
    LIFE: Part(
        "Codebook life",
        "Which codebooks die, and does FSQ need no tricks?",
        "Press play and watch the codes. Then let the encoder learn, or choose another start.",
    ),
    OWN: Part(
        "Own quantizers",
        "Which cells does my quantizer have, and what does it leave?",
        "Choose another source: which cells stay empty? Then read what its bits buy beside ours.",
    ),
}


def parts_here() -> dict[str, Part]:
    """The parts that this process has."""
    return {name: part for name, part in PARTS.items() if name != OWN or own_keys()}


def read_part(reader: LinkReader) -> str:
    """The part that a link leads to."""
    names = {name: part.label for name, part in parts_here().items()}
    return reader.choice(PART, names, STAGES, "There is no part of the Lab")


def part_reader(values: LinkValues) -> LinkReader:
    """A reader of a link to a part, which has a note where the link is of another version or asks for a part that there is
    not: whoever does gets the first one."""
    reader = LinkReader(values)
    reader.check_version()
    read_part(reader)
    return reader
