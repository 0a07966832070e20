"""What findings and readings of the paper are, and how they write a difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from rfsq.evidence.results import Results
from rfsq.metrics.intervals import Interval
from rfsq.style.palette import label_of
from rfsq.style.wording import format_share, format_signed

_T = TypeVar("_T")
NO_FINDING_DB = 0.1  # less than this is level where a model was trained once: another run may give as much
LITTLE_DB = 0.25  # less than this is said with the number of training runs that it rests on
# Of the distance between levels: of a Gaussian of so small an RMS 5 % leave the two cells in the middle.
HALF_SPACING = 0.5

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
    models: tuple[str, ...]  # to open in Compare: of the zoo, or two stacks around one network; empty for none


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
    """By how much a value is larger than another, in percent: "−28.7 %"."""
    return f"{format_signed(100 * (value / reference - 1), 1)} %"


def ahead(results: Results, name: str, reference: str) -> str:
    """How a model stands to another: "0.86 dB better than FSQ 8·8·8·8 [0.82, 0.90]"."""
    interval = results.difference(name, reference)
    bounds = (
        sorted((abs(interval.low), abs(interval.high))) if interval.excludes_zero else (interval.low, interval.high)
    )
    where = "better" if interval.mean > 0 else "worse"
    ends = ", ".join(f"{bound:.2f}" if interval.excludes_zero else format_signed(bound, 2) for bound in bounds)
    return f"{abs(interval.mean):.2f} dB {where} than {label_of(reference)} [{ends}]"


def verdict(difference: Interval) -> Verdict:
    """What a difference in favour of a claim says about it."""
    if not is_finding(difference):
        return "not decided"
    by_little = abs(difference.mean) < LITTLE_DB
    if difference.mean > 0:
        return "holds by little" if by_little else "holds"
    return "does not hold, by little" if by_little else "does not hold"


def little(difference: Interval) -> str:
    """What must be said of a small difference; nothing of a large one."""
    if not is_finding(difference):
        return ", too little to be a finding"
    return f", from {trained(difference.runs)} each" if abs(difference.mean) < LITTLE_DB else ""


def fewer_runs(difference: Interval, first: Interval) -> str:
    """What must be said of a difference that rests on fewer training runs than the first of the same row; else nothing."""
    return f", from {trained(difference.runs)} each" if difference.runs < first.runs else ""


def beside(difference: Interval, first: Interval) -> str:
    """What must be said of a difference in PSNR that stands beside the first of the same row: "…, from 3 training runs each"."""
    return little(difference) or fewer_runs(difference, first)


def is_finding(difference: Interval) -> bool:
    """Whether a difference in PSNR is more than other photos and other training runs would give."""
    return difference.excludes_zero and (difference.runs > 1 or abs(difference.mean) >= NO_FINDING_DB)


def trained(runs: int) -> str:
    """ "one training run", "5 training runs"."""
    return "one training run" if runs == 1 else f"{runs} training runs"


def trained_words(results: Results, names: Sequence[str]) -> str:
    """A sentence on how often models were trained: "One training run each.", "5 training runs each."

    Of models of several numbers the fewest is said: "One training run of each at least, 5 of some."
    """
    counts = sorted(len(results.runs(name)) for name in names)
    if counts[0] == counts[-1]:
        return f"{trained(counts[0])} each.".capitalize()
    return f"{trained(counts[0])} of each at least, {counts[-1]} of some.".capitalize()


def made(results: Results, makers: tuple[Callable[[Results], _T], ...]) -> list[_T]:
    """What can be said of these results; makers of which a model was not measured are left out."""
    found = []
    for make in makers:
        try:
            found.append(make(results))
        except (LookupError, ValueError):  # a model of it was not measured
            continue
    return found


def l1_change(results: Results, name: str, reference: str) -> str:
    """Raises ResultsError if L1 was not measured."""
    return change(*results.means(name, reference, "l1"))


def known_share(share: float | None) -> str:
    """Raises LookupError if it was not measured."""
    if share is None:
        raise LookupError("the share was not measured")
    return format_share(share)
