"""Which levels for my bits? Sets of levels for FSQ, alone or as the stages of a residual stack, that meet a target."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, islice
from typing import Final

MIN_USUAL: Final = 5  # levels in every channel that arXiv:2309.15505, section 3.2, recommends
PAPER_SETS: Final = {  # its table 1: bits of the codebook that is wanted -> proposed levels
    8: (8, 6, 5),
    10: (8, 5, 5, 5),
    12: (7, 5, 5, 5, 5),
    14: (8, 8, 8, 6, 5),
    16: (8, 8, 8, 5, 5, 5),
}
EXACT_UP_TO: Final = {  # the largest number up to which a type holds every whole number
    "bfloat16": 2**8,
    "float16": 2**11,
    "float32": 2**24,
    "int32": 2**31 - 1,
    "int64": 2**63 - 1,
}
NEAR: Final = 0.015  # of the bits that are asked for: as near as the paper's sets are to theirs
FAR: Final = 0.05
_FARTHEST: Final = 1 / 3  # where a channel wants between 2 and 3 levels, some set is always as near as this
MAX_LEVELS: Final = 256  # of a channel in a set that is searched for
_SPREADS: Final = range(1, 4)  # most levels less fewest: the paper's own sets go to 3


@dataclass(frozen=True)
class LevelSet:
    """Levels per channel, the same in every stage.

    >>> found = LevelSet((8, 5, 5, 5))
    >>> found.codebook_size, round(found.bits_per_token, 2), found.table_bytes
    (1000, 9.97, 16000)
    """

    levels: tuple[int, ...]  # most first
    stages: int = 1

    @property
    def dim(self) -> int:
        return len(self.levels)

    @property
    def codebook_size(self) -> int:
        """Codes of a stage."""
        return math.prod(self.levels)

    @property
    def bits_per_token(self) -> float:
        """All stages together, before entropy coding."""
        return self.stages * math.log2(self.codebook_size)

    @property
    def is_of_paper(self) -> bool:
        """Whether table 1 of the FSQ paper has it."""
        return self.stages == 1 and self.levels in PAPER_SETS.values()

    @property
    def implicit_bytes(self) -> int:
        """Memory of a codebook that is never written down: a whole number of 8 bytes for each channel."""
        return 8 * self.dim

    @property
    def table_bytes(self) -> int:
        """Memory of all codes of a stage as float32; stages of one stack can share it."""
        return 4 * self.dim * self.codebook_size

    @property
    def flat_table_bytes(self) -> int:
        """Memory of one table with a code for everything that all stages together can say, as float32."""
        return 4 * self.dim * self.codebook_size**self.stages

    @property
    def exact_types(self) -> tuple[str, ...]:
        """The number types in which every index of a stage, and every sum on the way to it, is exact."""
        return tuple(name for name, largest in EXACT_UP_TO.items() if self.codebook_size - 1 <= largest)

    @property
    def code(self) -> str:
        """The line of Python that builds it with `rfsq.quantizers`. A stack gets "scale", which sends nothing besides."""
        base = f"FSQ({'levels=' if self.stages == 1 else ''}{list(self.levels)})"
        if self.stages == 1:
            return base
        return f'Residual(lambda stage: {base}, num_stages={self.stages}, conditioning="scale")'


def bits_of_bpp(bpp: float, stride: int) -> float:
    """Bits per token that are so many bits per pixel: a token stands for stride² pixels."""
    return bpp * stride**2


def tokens_of(height: int, width: int, stride: int) -> int:
    """Tokens of a picture; blocks at its right and lower edge are filled up."""
    return -(-height // stride) * -(-width // stride)


def bits_of_bytes(size: float, height: int, width: int, stride: int) -> float:
    """Bits per token of which a picture takes so many bytes, without header and entropy coding."""
    return 8 * size / tokens_of(height, width, stride)


def bytes_of_bits(bits: float, height: int, width: int, stride: int) -> int:
    """Bytes of a picture's tokens at so many bits each, packed without gaps; no header, no entropy coding."""
    # A sum of logarithms may lie a rounding error above its whole number.
    return math.ceil(tokens_of(height, width, stride) * bits / 8 - 1e-6)


def find_level_sets(
    bits: float, *, dims: Sequence[int], stages: Sequence[int], of_stage: bool = False, per_shape: int = 1
) -> tuple[LevelSet, ...]:
    """Sets that cost nearly `bits`, the best `per_shape` for each number of channels and of stages, best first.

    bits: per token, all stages together; with `of_stage`, of each stage, which is log2 of its codebook's size.
    The order: within 1.5 % of the bits before within 5 %; most levels in the smallest channel, of which 5 are enough, as
    the FSQ paper recommends (arXiv:2309.15505, section 3.2); what meets the target exactly; the fewest levels in the
    largest channel; the fewest stages; the nearest. The paper's own set (table 1) stands for its shape where it is
    within 1.5 %. What is farther than 5 % comes only where nothing is nearer, and then only the nearest. No channel has
    more than 256 levels; empty where that is not enough.

    Raises ValueError for bits that are not above 0 or a stage of more than 2^62 codes whatever is chosen.

    >>> [found.levels for found in find_level_sets(12, dims=[3, 4, 5], stages=[1])]
    [(8, 8, 8, 8), (16, 16, 16), (7, 5, 5, 5, 5)]
    """
    if not bits > 0 or not math.isfinite(bits):
        raise ValueError(f"a token needs more than 0 bits, got {bits}")
    if not dims or min(dims) < 1 or not stages or min(stages) < 1:
        raise ValueError(f"channels and stages must be 1 or more, got {tuple(dims)} and {tuple(stages)}")
    found: list[LevelSet] = []
    shapes = [(dim, count, bits if of_stage else bits / count) for dim in dims for count in stages]
    if all(each >= 62 for *_, each in shapes):
        raise ValueError(f"{bits:g} bits in at most {max(stages)} stages make 2^62 codes in a stage or more")
    for dim, count, each in shapes:
        if each >= 62 or each > dim * math.log2(MAX_LEVELS):
            continue
        sets = {LevelSet(levels, count) for levels in _candidates(each, dim, per_shape) if max(levels) <= MAX_LEVELS}
        best = sorted(sets, key=lambda one: _order(one, bits, of_stage))
        found += [one for one in best if one.is_of_paper and off(one, bits, of_stage) <= NEAR][:1] or best[:1]
        found += [one for one in best if one not in found][: per_shape - 1]
    reach = max(FAR, 1.0001 * min((off(one, bits, of_stage) for one in found), default=0.0))
    within = (one for one in found if off(one, bits, of_stage) <= reach)
    return tuple(sorted(within, key=lambda one: _order(one, bits, of_stage)))


def off(found: LevelSet, bits: float, of_stage: bool = False) -> float:
    """How far a set is from its target, as a share of the bits; 0 only where the codes are as many as wanted."""
    target = bits * found.stages if of_stage else bits
    return 0.0 if _is_exact(found, target / found.stages) else abs(found.bits_per_token / target - 1)


def _is_exact(found: LevelSet, bits_of_stage: float) -> bool:
    return math.isclose(found.codebook_size, 2**bits_of_stage, rel_tol=1e-12)


def _order(found: LevelSet, bits: float, of_stage: bool) -> tuple[float, ...]:
    distance = off(found, bits, of_stage)
    return (
        distance if distance > FAR else (distance > NEAR) * FAR,
        -min(MIN_USUAL, *found.levels),
        distance > 0,
        max(found.levels),
        found.stages,
        distance,
        *found.levels,
    )


def _candidates(bits: float, dim: int, wanted: int) -> Iterator[tuple[int, ...]]:
    """Levels, most first, of `dim` channels that make about 2^bits codes: those that hit it and even ones near it."""
    codes = round(2**bits)
    if math.isclose(codes, 2**bits, rel_tol=1e-12):
        for least in (MIN_USUAL, 2):
            yield from islice(_factors(codes, dim, MAX_LEVELS, least), wanted)
    yield from (levels for levels in PAPER_SETS.values() if len(levels) == dim)
    yield from _even(bits, dim)


def _factors(codes: int, dim: int, most: int, least: int) -> Iterator[tuple[int, ...]]:
    """Ways to write a whole number as a product of `dim` factors from `least` to `most`, those that are most even first."""
    if dim == 1:
        if least <= codes <= most:
            yield (codes,)
        return
    first = max(least, math.floor(codes ** (1 / dim)))
    for level in range(first, most + 1):
        # The largest factor is at least the mean, and leaves room for the others.
        if codes % level == 0 and level**dim >= codes and least ** (dim - 1) <= codes // level:
            for rest in _factors(codes // level, dim - 1, level, least):
                yield (level, *rest)


def _even(bits: float, dim: int) -> Iterator[tuple[int, ...]]:
    """Sets of nearly equal levels, near the bits or else as far as it takes, and those of the two levels around the mean."""
    low = max(2, math.floor(2 ** (bits / dim)))
    for count in range(dim + 1):
        yield (low + 1,) * count + (low,) * (dim - count)
    for tolerance in (NEAR, FAR, _FARTHEST):
        found = {levels for levels in _windows(bits, dim, tolerance) if abs(_bits(levels) / bits - 1) <= tolerance}
        yield from found
        if found:
            return


def _windows(bits: float, dim: int, tolerance: float) -> Iterator[tuple[int, ...]]:
    """All sets of levels that spread over few numbers around the mean that makes 2^bits codes, within a tolerance."""
    lowest, highest = (2 ** (bits * (1 + side * tolerance) / dim) for side in (-1, 1))
    if dim == 1 or highest < 2:
        return
    for spread in _SPREADS:
        for least in range(max(2, math.floor(lowest) - spread), math.ceil(highest) + 1):
            between = range(least, least + spread + 1)
            for middle in combinations_with_replacement(between, dim - 2):
                yield tuple(sorted((least, *middle, least + spread), reverse=True))


def _bits(levels: tuple[int, ...]) -> float:
    return math.log2(math.prod(levels))
