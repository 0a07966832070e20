"""Code statistics are exact, whatever the codebook."""

import math

import pytest
import torch
from hypothesis import given, settings, strategies as st

from rfsq.quantizers.usage import CodeHistogram, entropy_bits, perplexity, usage


def test_code_statistics_of_a_known_case() -> None:
    indices = torch.tensor([[0, 0, 1], [1, 2, 3]])  # shares 1/3, 1/3, 1/6, 1/6
    bits = 2 / 3 * math.log2(3) + 1 / 3 * math.log2(6)
    assert entropy_bits(indices) == pytest.approx(bits, abs=1e-12)
    assert perplexity(indices) == pytest.approx(2**bits, abs=1e-12)
    assert usage(indices, 16) == 0.25


def test_equally_frequent_codes_have_a_perplexity_of_their_number() -> None:
    assert perplexity(torch.arange(4096).repeat(3)) == pytest.approx(4096)
    constant = torch.full((2, 5, 5), 7)
    assert entropy_bits(constant) == 0.0 and perplexity(constant) == 1.0


def test_code_statistics_are_exact_for_codebooks_of_two_to_the_forty() -> None:
    size = 2**40
    indices = torch.tensor([0, size - 1, size - 2, 2**24, 2**24 + 1, size - 1, 0, 5])  # neighbours in float32
    assert usage(indices, size) == 6 / size
    assert entropy_bits(indices) == pytest.approx(2 * 0.25 * 2 + 4 * 0.125 * 3, abs=1e-12)
    with pytest.raises(ValueError, match="outside"):
        usage(indices, size - 1)


code_lists = st.lists(st.lists(st.integers(0, 2**40 - 1) | st.integers(0, 3), max_size=30), min_size=1, max_size=4)


@settings(max_examples=50, deadline=None)
@given(code_lists)
def test_a_histogram_in_pieces_equals_the_statistics_of_the_whole(pieces: list[list[int]]) -> None:
    whole = torch.tensor([code for piece in pieces for code in piece], dtype=torch.int64)
    updated, merged = CodeHistogram(), CodeHistogram()
    for piece in pieces:
        indices = torch.tensor(piece, dtype=torch.int64)
        updated.update(indices)
        part = CodeHistogram()
        part.update(indices)
        merged.merge(part)
    for histogram in (updated, merged):
        assert histogram.total == len(whole)
        assert histogram.distinct == len(set(whole.tolist()))
        assert histogram.usage(2**40) == usage(whole, 2**40)
        if len(whole):
            assert histogram.entropy_bits() == pytest.approx(entropy_bits(whole), abs=1e-12)
            assert 1 <= histogram.perplexity() <= histogram.distinct * (1 + 1e-12)


def test_merging_leaves_the_other_histogram_alone() -> None:
    one, two = CodeHistogram(), CodeHistogram()
    two.update(torch.tensor([1, 2]))
    one.merge(two)
    one.update(torch.tensor([3, 3]))
    assert (two.total, two.distinct) == (2, 2) and (one.total, one.distinct) == (4, 3)


def test_code_statistics_refuse_what_cannot_be_an_index() -> None:
    with pytest.raises(ValueError, match="integers"):
        entropy_bits(torch.tensor([0.0, 1.0]))
    with pytest.raises(ValueError, match="negative"):
        entropy_bits(torch.tensor([3, -1]))
    with pytest.raises(ValueError, match="no indices"):
        perplexity(torch.tensor([], dtype=torch.int64))
