"""Rates: the paper's table, side information counted, pixels of the original, tokens of the padded grid."""

import math

import pytest
from hypothesis import given, strategies as st

from rfsq.model.rate import Rate, bits_per_token, nominal_rate, token_count


@pytest.mark.parametrize(
    ("codebook_sizes", "bits", "bpp"),
    [([4096], 12, 0.75), ([2048, 2048], 22, 1.375), ([1024] * 4, 40, 2.5), ([2**40], 40, 2.5)],
)
def test_the_papers_configurations_cost_what_its_table_says(codebook_sizes: list[int], bits: int, bpp: float) -> None:
    assert bits_per_token(codebook_sizes) == bits
    rate = nominal_rate(128, 128, codebook_sizes, side_values=0, stride=4)
    assert (rate.tokens, rate.token_bits, rate.bpp, rate.bpp_tokens) == (1024, 1024 * bits, bpp, bpp)
    assert rate.total_bytes == 128 * bits


def test_each_stage_adds_its_bits() -> None:
    assert [bits_per_token([1024, 512, 7], k) for k in (1, 2, 3)] == [10, 19, pytest.approx(19 + math.log2(7))]
    for stages in (0, 4, -1):
        with pytest.raises(ValueError, match="stages"):
            bits_per_token([1024, 512, 7], stages)


def test_side_information_is_in_the_rate() -> None:
    # layernorm, 4 stages of 5 channels, a mean and a spread each, as 16-bit numbers: 80 bytes
    rate = nominal_rate(128, 128, [1024] * 4, side_values=4 * 5 * 2, stride=4)
    assert rate.side_bytes == 80
    assert rate.bpp == 2.5 + 80 * 8 / 128**2 and rate.bpp_tokens == 2.5
    assert rate.total_bytes == 5120 + 80
    assert nominal_rate(4, 4, [16], side_values=3, side_bits_each=3, stride=4).side_bytes == 2  # 9 bits, whole bytes


def test_padding_is_paid_for_and_spread_over_the_original_pixels() -> None:
    rate = nominal_rate(1, 1, [1024], side_values=0, stride=4)
    assert (rate.tokens, rate.bpp, rate.total_bytes) == (1, 10, 2)
    rate = nominal_rate(5, 9, [16], side_values=0, stride=4)  # 2 × 3 tokens of 4 bits over 45 pixels
    assert (rate.tokens, rate.bpp) == (6, 24 / 45)


sizes = st.integers(1, 5000)


@given(
    sizes,
    sizes,
    st.lists(st.integers(1, 2**40), min_size=1, max_size=8),
    st.integers(0, 200),
    st.sampled_from([4, 8, 16]),
)
def test_a_rate_is_consistent_and_never_below_the_tokens_alone(
    height: int, width: int, codebook_sizes: list[int], side_values: int, stride: int
) -> None:
    rate = nominal_rate(height, width, codebook_sizes, side_values, stride=stride)
    assert rate.tokens * stride**2 >= rate.pixels == height * width
    assert rate.tokens == token_count(height, width, stride) == math.ceil(height / stride) * math.ceil(width / stride)
    assert rate.bpp >= rate.bpp_tokens >= rate.bits_per_token / stride**2 * (1 - 1e-12)
    assert rate.total_bytes * 8 >= rate.bpp * rate.pixels - 1e-6 > rate.total_bytes * 8 - 8 - 1e-3
    assert math.isclose(rate.bits_per_token, math.log2(math.prod(codebook_sizes)), rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("codebook_sizes", [[], [0], [1024, -4]])
def test_a_rate_needs_codebooks(codebook_sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="codebook_sizes"):
        bits_per_token(codebook_sizes)


def test_impossible_pictures_and_side_information_are_refused() -> None:
    with pytest.raises(ValueError, match="pixel"):
        nominal_rate(0, 4, [16], 0, stride=4)
    with pytest.raises(ValueError, match="side"):
        nominal_rate(4, 4, [16], -1, stride=4)


def test_a_rate_is_a_value() -> None:
    assert nominal_rate(8, 8, [16], 1, stride=4) == Rate(bits_per_token=4.0, tokens=4, side_bytes=2, pixels=64)
