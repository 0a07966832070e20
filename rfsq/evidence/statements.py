"""What findings and readings of the paper are, and how they write a difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rfsq.metrics.intervals import Interval
from rfsq.style.wording import format_signed

Verdict = Literal[
    "holds",
    "holds by little",
    "does not hold",
    "does not hold, by little",
    "half holds",
    "not decided",
    "holds, but not at equal bits",
    "cannot be compared",
]


@dataclass(frozen=True)
class Finding:
    """One statement about the test photos."""

    key: str  # names its picture, see rfsq.app.results
    claim: str  # the heading
    sentences: str
    models: tuple[str, ...]  # to open in Compare


@dataclass(frozen=True)
class Reading:
    """One claim of the paper beside what we measured."""

    claim: str
    theirs: str  # begins with the version of the paper that says so
    ours: str
    verdict: Verdict


def gap(interval: Interval) -> str:
    """A PSNR difference with its interval: "+0.86 dB [0.82, 0.90]"."""
    low, high = format_signed(interval.low, 2), format_signed(interval.high, 2)
    return f"{format_signed(interval.mean, 2)} dB [{low}, {high}]"


def change(value: float, reference: float) -> str:
    return f"{format_signed(100 * (value / reference - 1), 1)} %"
