"""One finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rfsq.style.wording import NARROW_SPACE

Verdict = Literal["green", "yellow", "red"]
_ORDER: tuple[Verdict, ...] = ("green", "yellow", "red")


@dataclass(frozen=True)
class Line:
    """What one check says."""

    check: str
    verdict: Verdict
    value: str  # what was found
    sample: str  # on what
    cure: str = ""  # what would mend it; empty where nothing has to be


def worst(verdicts: list[Verdict]) -> Verdict:
    """The worst of several verdicts; green of none."""
    return max(verdicts, key=_ORDER.index, default="green")


def counted(number: float, noun: str = "") -> str:
    """A number with thousands apart, and its noun: "4 096 tokens"."""
    shown = f"{number:,.0f}".replace(",", NARROW_SPACE)
    return f"{shown} {noun}{'' if number == 1 else 's'}" if noun else shown


def size_words(size: int) -> str:
    """A codebook's size; a power of two beyond a million as one.

    >>> size_words(1000), size_words(2**40)
    ('1\u202f000', '2^40')
    """
    return f"2^{size.bit_length() - 1}" if size > 10**6 and size & (size - 1) == 0 else counted(size)
