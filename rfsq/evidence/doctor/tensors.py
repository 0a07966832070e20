"""What a quantizer left behind, looked at: from arranged tensors and what they cannot tell to a report."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from torch import Tensor

from rfsq.evidence.doctor.arranged import Arranged, Channels, Stages
from rfsq.evidence.doctor.examine import Progress, examine_tensors
from rfsq.evidence.doctor.levels import channel_spread
from rfsq.evidence.doctor.line import Line, counted
from rfsq.evidence.doctor.seen import Seen
from rfsq.style.wording import format_bits

_GUESSED = "not given: taken as one more than the largest index, so codes at the end that never occur are not missed"
_BY_LEVELS = (
    "not given: taken as the product of the levels that are seen, so levels at an end that never occur are not missed"
)
SIZE_LIMIT = 2**62  # of a codebook: int64 holds its indices
LEVELS_LIMIT = 4096  # of a channel
_WORDS_LIMIT = 4096  # numbers in a list that somebody writes


@dataclass(frozen=True)
class TensorReport:
    """What the doctor says of tensors, and how they were read."""

    images: int  # looked at
    of_images: int  # there are
    tokens: int  # looked at
    dim: int | None  # channels of the latents; None without latents
    channels: Channels  # where they are
    stages: Stages  # where those of the indices are
    codebook_sizes: tuple[int, ...]  # by stage; empty without indices
    sizes_stated: bool  # not guessed
    bits_per_token: float | None  # that these sizes make
    lines: tuple[Line, ...]

    @property
    def words(self) -> str:
        """What was read, in a sentence."""
        grid = f"{counted(self.tokens, 'token')} of {counted(self.images, 'image')}"
        some = f" (of {counted(self.of_images)})" if self.images < self.of_images else ""
        parts = [] if self.dim is None else [f"{counted(self.dim, 'channel')} ({self.channels} axis)"]
        if self.bits_per_token is not None:
            count = len(self.codebook_sizes)
            place = "" if self.stages == "none" else f" ({self.stages} axis)"
            indices = "1 index" if count == 1 else f"{count} indices"
            about = "" if self.sizes_stated else "at least "
            parts.append(f"{indices}{place} of {about}{format_bits(self.bits_per_token)} together")
        return f"{grid}{some}, {' and '.join(parts)} each."


def examine_arranged(
    found: Arranged,
    sizes: Sequence[int] = (),
    levels: Sequence[int] = (),
    progress: Progress | None = None,
) -> tuple[TensorReport, Seen | None]:
    """The report, and what was seen, for pictures of it; None where there are latents alone.

    sizes: of the codebooks, one for all stages or one each. levels: per channel, of every stage; their product is the
    codebook size. Without either, sizes are taken as one more than the largest index, and a line says so.
    Raises ValueError with one sentence where they do not fit the tensors.
    """
    dim = next((t.shape[1] for t in (found.latents, *found.parts) if t is not None), None)
    if levels and dim is not None and len(levels) != dim:
        raise ValueError(f"{len(levels)} levels do not fit latents of {dim} channels")
    if found.indices is None:
        return _latents_alone(found, dim), None
    stated = _stated(sizes, levels, found.indices.shape[1])
    least = _least_sizes(found.indices)
    seen = _seen(found, found.indices, stated or least, levels)
    guess = _GUESSED
    if not stated and (made := _made_of_levels(seen, least)):
        seen, guess = replace(seen, sizes=made), _BY_LEVELS
    known = seen.sizes or least
    lines = examine_tensors(seen, progress)
    if not stated:
        lines.insert(0, Line("codebook size", "yellow", guess, seen.sample, "say the codebook size, or the levels"))
    return TensorReport(
        found.images,
        found.of_images,
        seen.tokens,
        dim,
        found.channels,
        found.stages,
        known,
        bool(stated),
        sum(map(math.log2, known)),
        tuple(lines),
    ), seen


def _latents_alone(found: Arranged, dim: int | None) -> TensorReport:
    assert found.latents is not None, "arrange wants one of both"
    lines = (channel_spread(found.latents),)
    tokens = found.latents[:, 0].numel()
    return TensorReport(
        found.images, found.of_images, tokens, dim, found.channels, found.stages, (), False, None, lines
    )


def _least_sizes(indices: Tensor) -> tuple[int, ...]:
    """One more than the largest index of each stage. indices: (B, S, h, w)."""
    whole = indices.double().round() if indices.is_floating_point() else indices
    return tuple(max(1, int(whole[:, k].max()) + 1) for k in range(indices.shape[1]))


def _seen(found: Arranged, indices: Tensor, sizes: tuple[int, ...], levels: Sequence[int]) -> Seen:
    staged = len(found.parts) == indices.shape[1]
    return Seen(
        found.latents,
        indices,
        sum(found.parts[1:], found.parts[0]) if found.parts else None,
        sizes,
        _running(found) if staged else (),
        parts=found.parts if staged else (),
        levels=tuple(levels) or None,
        index_type=found.index_type,
    )


def read_numbers(text: str, what: str) -> tuple[int, ...]:
    """Whole numbers of at least 1 apart by commas, spaces or ×: "1024", "8, 5, 5, 5", "8×8×4"; 2^10 will do as well.

    Raises ValueError for anything else, naming `what` the numbers are.

    >>> read_numbers("8x5 5, 2^3", "levels")
    (8, 5, 5, 8)
    """
    words = text[:_WORDS_LIMIT].replace("×", " ").replace("x", " ").replace("·", " ").replace(",", " ").split()
    found = []
    for word in words:
        base, power, exponent = word.partition("^")
        digits = (base, exponent) if power else (base,)
        if not all(part.isascii() and part.isdecimal() and len(part) <= 19 for part in digits):
            raise ValueError(f"{what}: {word[:24]!r} is no whole number")
        if power and int(exponent) > 62:
            raise ValueError(f"{what}: {word[:24]!r} is beyond 2^62")
        value = int(base) ** (int(exponent) if power else 1)
        if not 1 <= value <= SIZE_LIMIT:
            raise ValueError(f"{what}: {word[:24]!r} is not within 1 … 2^62")
        found.append(value)
    return tuple(found)


def lines_csv(lines: Sequence[Line]) -> str:
    """The lines of a report as CSV with a line of names."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, ["check", "verdict", "value", "sample", "cure"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(line) for line in lines)
    return stream.getvalue()


def report_record(report: TensorReport, names: dict[str, str]) -> dict[str, Any]:
    """The report as JSON holds it; `names`: of the files, by what is in them."""
    return names | asdict(report)


def _stated(sizes: Sequence[int], levels: Sequence[int], count: int) -> tuple[int, ...]:
    """The codebook size of each stage; empty where nothing was said."""
    if levels and max(levels) > LEVELS_LIMIT:
        raise ValueError(f"{max(levels)} levels in one channel; {LEVELS_LIMIT} are the limit")
    if levels and math.prod(levels) > SIZE_LIMIT:
        raise ValueError("the product of the levels is beyond 2^62")
    made = (math.prod(levels),) * count if levels else ()
    if not sizes:
        return made
    if len(sizes) not in (1, count):
        raise ValueError(f"{len(sizes)} codebook sizes do not fit {count} indices for each token; give one, or {count}")
    said = tuple(sizes) * (count if len(sizes) == 1 else 1)
    if made and made != said:
        raise ValueError(f"levels make a codebook of {made[0]}, and {' '.join(map(str, sizes))} was said")
    return said


def _made_of_levels(seen: Seen, least: tuple[int, ...]) -> tuple[int, ...]:
    """Codebook sizes by the levels in what each stage adds; empty where not every stage has such that hold its indices."""
    made = tuple(0 if grid is None else math.prod(channel.count for channel in grid) for grid in seen.grids)
    fits = len(made) == len(least) and all(size >= low for size, low in zip(made, least, strict=True))
    return made if fits and max(made) <= SIZE_LIMIT else ()


def _running(found: Arranged) -> tuple[Tensor, ...]:
    totals = [found.parts[0]]
    for part in found.parts[1:]:
        totals.append(totals[-1] + part)
    return tuple(totals)
