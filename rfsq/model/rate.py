"""What a compressed picture costs: nominal rates, side information included.

Nominal means before entropy coding. Measured entropy is in `rfsq.metrics.image`; the real size of a file is its length.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """The cost of one picture, before entropy coding. "Tokens" counts positions of the grid, not stages."""

    bits_per_token: float  # summed over the stages
    tokens: int  # on the padded grid: a block cut by the picture's edge costs as much as a whole one
    side_bytes: int  # what the decoder needs besides the tokens
    pixels: int  # of the original picture, without padding

    @property
    def token_bits(self) -> float:
        """Bits of all tokens."""
        return self.bits_per_token * self.tokens

    @property
    def bpp_tokens(self) -> float:
        """Bits per pixel of the tokens alone."""
        return self.token_bits / self.pixels

    @property
    def bpp(self) -> float:
        """Bits per pixel, side information included: the figure to compare methods by."""
        return (self.token_bits + 8 * self.side_bytes) / self.pixels

    @property
    def total_bytes(self) -> int:
        """Whole bytes for tokens and side information; a file adds its header and entropy coding takes some away."""
        return math.ceil(self.token_bits / 8) + self.side_bytes


def bits_per_token(codebook_sizes: Sequence[int], stages: int | None = None) -> float:
    """Nominal bits of one token: log2 of the codebook size, summed over the first `stages` stages (all by default).

    Whole numbers are exact when the sizes are powers of two. An unquantized model has no codebook and no such number.
    Raises ValueError if there is no codebook, one has no code, or `stages` is not between 1 and their number.

    >>> bits_per_token([1024] * 4), bits_per_token([1024] * 4, stages=2)
    (40.0, 20.0)
    """
    if not codebook_sizes or min(codebook_sizes) < 1:
        raise ValueError(f"codebook_sizes must be a sequence of positive sizes, got {codebook_sizes!r}")
    if stages is None:
        stages = len(codebook_sizes)
    if not 1 <= stages <= len(codebook_sizes):
        raise ValueError(f"stages must be between 1 and {len(codebook_sizes)}, got {stages}")
    return math.fsum(math.log2(size) for size in codebook_sizes[:stages])


def token_grid(height: int, width: int, stride: int) -> tuple[int, int]:
    """Rows and columns of tokens of a picture of this size, one for each stride × stride block, cut ones too."""
    return -(-height // stride), -(-width // stride)


def token_count(height: int, width: int, stride: int) -> int:
    """Tokens of a picture of this size, padded to a multiple of the stride. Raises ValueError for an empty picture.

    >>> token_count(128, 128, stride=4), token_count(129, 128, stride=4)
    (1024, 1056)
    """
    if height < 1 or width < 1:
        raise ValueError(f"a picture has at least one pixel, got {width}×{height}")
    rows, columns = token_grid(height, width, stride)
    return rows * columns


def nominal_rate(
    height: int, width: int, codebook_sizes: Sequence[int], side_values: int, side_bits_each: int = 16, *, stride: int
) -> Rate:
    """Rate of a height × width picture whose every token has one index per codebook, plus `side_values` numbers.

    A token stands for a block of stride × stride pixels. For k stages pass the first k codebook sizes and the numbers
    that those k stages need.
    Raises ValueError for an empty picture, no codebook, or a negative count.

    Four stages of 1024 codes; LayerNorm sends the mean and deviation of 5 channels in each of them:

    >>> rate = nominal_rate(128, 128, [1024] * 4, side_values=4 * 5 * 2, stride=4)
    >>> rate.bpp_tokens, rate.side_bytes, rate.bpp
    (2.5, 80, 2.5390625)
    """
    if side_values < 0 or side_bits_each < 0:
        raise ValueError(f"side information cannot be negative, got {side_values} values of {side_bits_each} bits")
    side_bytes = math.ceil(side_values * side_bits_each / 8)
    return Rate(bits_per_token(codebook_sizes), token_count(height, width, stride), side_bytes, height * width)
