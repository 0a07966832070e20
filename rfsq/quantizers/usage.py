"""How a codebook is used: which codes occur, how often, and how many bits that is worth."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

PER_CODE = 5  # tokens a code that the use of a codebook is seen by: equally likely codes then show 99.3 % of them


class CodeHistogram:
    """Counts of the codes seen so far, for statistics over a test set. Memory grows with the distinct codes seen only.

    An index is any integer from 0 to 2^63 - 1: a codebook of 2^40 codes costs no more than one of 16.

    >>> histogram = CodeHistogram()
    >>> histogram.update(torch.tensor([[0, 0], [1, 3]]))
    >>> histogram.total, histogram.distinct, histogram.entropy_bits(), histogram.usage(codebook_size=4)
    (4, 3, 1.5, 0.75)
    """

    def __init__(self) -> None:
        self._codes = torch.empty(0, dtype=torch.int64)  # sorted, distinct
        self._counts = torch.empty(0, dtype=torch.int64)

    def update(self, indices: Tensor) -> None:
        """Count indices, an integer tensor of any shape. Raises ValueError for another dtype or a negative index."""
        if indices.dtype.is_floating_point or indices.dtype.is_complex or indices.dtype == torch.bool:
            raise ValueError(f"indices must be integers, got {indices.dtype}")
        codes, counts = torch.unique(indices.detach().cpu().to(torch.int64), return_counts=True)
        if codes.numel() and codes[0] < 0:
            raise ValueError(f"indices must not be negative, got {int(codes[0])}")
        self._add(codes, counts)

    def merge(self, other: CodeHistogram) -> None:
        """Add another histogram's counts to this one; the other is left as it is."""
        self._add(other._codes, other._counts)

    @property
    def total(self) -> int:
        """Number of indices counted."""
        return int(self._counts.sum())

    @property
    def distinct(self) -> int:
        """Number of different codes seen."""
        return self._codes.numel()

    def entropy_bits(self) -> float:
        """Zeroth-order entropy in bits per index: what an ideal coder would spend that knows these frequencies.

        Raises ValueError if nothing was counted.
        """
        return entropy_of_counts(self._counts.numpy())

    def perplexity(self) -> float:
        """Effective number of codes in use, 2^entropy: K when K codes are equally frequent. Raises as entropy does."""
        return math.pow(2.0, self.entropy_bits())

    def usage(self, codebook_size: int) -> float:
        """Share of the codebook seen at least once, 0 to 1. Raises ValueError if an index lies outside the codebook."""
        if codebook_size < 1:
            raise ValueError(f"codebook_size must be positive, got {codebook_size}")
        if self.distinct and int(self._codes[-1]) >= codebook_size:
            raise ValueError(f"index {int(self._codes[-1])} lies outside a codebook of {codebook_size}")
        return self.distinct / codebook_size

    def _add(self, codes: Tensor, counts: Tensor) -> None:
        self._codes, slot = torch.unique(torch.cat([self._codes, codes]), return_inverse=True)
        old_counts = torch.cat([self._counts, counts])
        self._counts = torch.zeros_like(self._codes).scatter_add_(0, slot, old_counts)


def entropy_of_counts(counts: np.ndarray) -> float:
    """Zeroth-order entropy in bits of something that was counted: (K,) whole numbers. Raises ValueError for none at all.

    >>> entropy_of_counts(np.array([2, 1, 1, 0]))
    1.5
    """
    total = int(counts.sum())
    if total == 0:
        raise ValueError("entropy of no indices")
    share = counts[counts > 0] / total
    return max(0.0, -float((share * np.log2(share)).sum()))


def perplexity(indices: Tensor) -> float:
    """Effective number of codes in use among these indices (int64, any shape): the exponential of their entropy."""
    return _histogram(indices).perplexity()


def entropy_bits(indices: Tensor) -> float:
    """Zeroth-order entropy of these indices (int64, any shape), in bits per index."""
    return _histogram(indices).entropy_bits()


def usage(indices: Tensor, codebook_size: int) -> float:
    """Share of the codebook that occurs among these indices (int64, any shape), 0 to 1."""
    return _histogram(indices).usage(codebook_size)


def _histogram(indices: Tensor) -> CodeHistogram:
    histogram = CodeHistogram()
    histogram.update(indices)
    return histogram
