"""How the codebooks are used.

Use is the share of the codes that occur at least once. In few tokens no codebook shows all its codes, so it is set against
what one with equally likely codes would show in as many: K·(1 − (1 − 1/K)^N) of K codes in N tokens, 99.3 % at five tokens
a code.
"""

from __future__ import annotations

import math

import torch

from rfsq.evidence.doctor.line import Line, Verdict, counted, size_words, worst
from rfsq.evidence.doctor.seen import Seen
from rfsq.quantizers.usage import PER_CODE, entropy_of_counts
from rfsq.style.wording import NARROW_SPACE, listed

_DEAD, _POOR = 0.02, 0.5  # of what an ideal codebook shows
_MUTE, _WEAK = 0.02, 0.5  # of the bits that an index could carry


def codebook_use(seen: Seen) -> Line:
    """Which share of its codes each index uses."""
    assert seen.sizes is not None
    verdicts: list[Verdict] = []
    words = []
    for counts, size in zip(seen.counts, seen.sizes, strict=True):
        distinct, tokens = len(counts), int(counts.sum())
        ideal = ideal_codes(size, tokens)
        share = distinct / ideal if tokens else 0.0
        alone = distinct == 1 and size > 1
        verdicts.append("red" if alone or share < _DEAD else "yellow" if share < _POOR else "green")
        few = "" if tokens >= PER_CODE * size else f", where equally likely codes would show {counted(ideal)}"
        words.append(f"{counted(distinct)} of {size_words(size)}{few}")
    largest = max(seen.sizes)
    needed = PER_CODE * largest
    shown = ideal_codes(largest, needed) / largest
    cure = "restart codes that nothing falls to, start the codebook at k-means centres, or take a smaller one"
    if any(grid is not None for grid in seen.grids):
        cure = "spread the values over the levels (a gain, or conditioning, before each stage), or take fewer levels"
    return Line(
        "codebook use",
        worst(verdicts),
        " · ".join(words),
        f"{_counted_sample(seen)}; {size_words(needed)} would show {100 * shown:.1f}{NARROW_SPACE}% of equally likely codes",
        "" if worst(verdicts) == "green" else cure,
    )


def entropy(seen: Seen) -> Line:
    """Bits that each index carries, of those it costs."""
    assert seen.sizes is not None
    verdicts: list[Verdict] = []
    words = []
    for size, counts, bits in zip(seen.sizes, seen.counts, stage_entropies(seen), strict=True):
        tokens = int(counts.sum())
        possible = min(math.log2(size), math.log2(max(2, tokens)))
        share = (bits / possible if possible else 1.0) if tokens else 0.0
        verdicts.append("red" if share < _MUTE else "yellow" if share < _WEAK else "green")
        most = math.log2(size)
        words.append(f"{bits:.2f} of {most:.0f}" if most.is_integer() else f"{bits:.2f} of {most:.2f}")
    short = [size_words(size) for size in sorted(set(seen.sizes)) if seen.tokens < PER_CODE * size]
    limit = f"; of {listed(short)} codes they see a part, so the true entropy is higher" if short else ""
    return Line(
        "entropy, bits",
        worst(verdicts),
        " · ".join(words),
        _counted_sample(seen) + limit,
        ""
        if worst(verdicts) == "green"
        else "a stage with a weak signal uses few codes: condition it (scale, layernorm), or leave it out"
        if seen.stages > 1
        else "codes that are hardly used carry few bits: see codebook use",
    )


def joint_entropy(seen: Seen) -> Line | None:
    """Bits that all indices of a token carry together; None where there is one."""
    if seen.stages == 1:
        return None
    if seen.outside:
        return Line("joint entropy, bits", "green", "cannot be seen: an index lies outside its codebook", seen.sample)
    rows = seen.whole.movedim(1, -1).reshape(-1, seen.stages)
    _, counts = torch.unique(rows, dim=0, return_counts=True)
    apart = sum(stage_entropies(seen))
    if PER_CODE * len(counts) > seen.tokens:
        value = f"cannot be seen: {counted(len(counts))} different tokens; the sum over the indices is {apart:.2f}"
    else:
        value = f"{entropy_of_counts(counts.numpy()):.2f}, against {apart:.2f} summed over the indices"
    return Line("joint entropy, bits", "green", value, seen.sample)


def index_range(seen: Seen) -> Line:
    """Whether indices are integers within their codebooks, of a type that holds them."""
    indices, kind = seen.indices, seen.index_type or str(seen.indices.dtype).removeprefix("torch.")
    whole = seen.whole
    low, high = int(whole.min()), int(whole.max())
    largest = max(seen.sizes) if seen.sizes else high + 1
    value = f"{counted(low)} … {counted(high)} as {kind}"
    if indices.is_floating_point():
        exact = 2 ** {torch.float16: 11, torch.bfloat16: 8, torch.float32: 24}.get(indices.dtype, 53)
        return Line(
            "index range",
            "red",
            f"{value}, which tells whole numbers apart up to {size_words(exact)} only",
            seen.sample,
            "round, then cast to int64, and sum digits as integers",
        )
    if outside := _outside_words(seen):
        return Line(
            "index range",
            "red",
            outside,
            seen.sample,
            "see how digits become an index, or state the true codebook size",
        )
    if largest > _most(kind) + 1:
        return Line(
            "index range",
            "red",
            f"{value}; a codebook of {size_words(largest)} does not fit",
            seen.sample,
            "give indices as int64",
        )
    note = "; beyond 2^24, so float32 must never hold one" if largest > 2**24 else ""
    return Line("index range", "green", value + note, seen.sample)


def _outside_words(seen: Seen) -> str:
    """Which indices leave their codebook, and how far; empty if none does."""
    reached: dict[str, list[str]] = {}  # by the codebook that is left
    for number, size in enumerate(seen.sizes or ()):
        stage = seen.whole[:, number]
        ends = dict.fromkeys(end for end in (int(stage.min()), int(stage.max())) if not 0 <= end < size)
        if ends:
            words = f"index {number + 1} reaches {' … '.join(map(counted, ends))}"
            reached.setdefault(size_words(size), []).append(words)
    return "; ".join(f"{'; '.join(words)}, outside 0 … {size} − 1" for size, words in reached.items())


def _counted_sample(seen: Seen) -> str:
    """On what codes were counted: those within the codebook."""
    return seen.sample + (f", without {counted(seen.outside)} indices outside the codebook" if seen.outside else "")


def ideal_codes(size: int, tokens: int) -> float:
    """How many codes N tokens show of a codebook of K equally likely ones.

    >>> round(ideal_codes(1000, 5000), 1)
    993.3
    """
    return -size * math.expm1(tokens * math.log1p(-1 / size)) if size > 1 else 1.0


def stage_entropies(seen: Seen) -> list[float]:
    """Zeroth-order entropy of the indices of each stage within its codebook, in bits; 0 where there are none."""
    return [entropy_of_counts(counts) if len(counts) else 0.0 for counts in seen.counts]


def _most(kind: str) -> int:
    """The largest number of an integer type by its name."""
    bits = int(kind.removeprefix("u").removeprefix("int"))
    return int(2**bits - 1 if kind.startswith("u") else 2 ** (bits - 1) - 1)
