"""Numbers for people: decimals, units, spaces and signs as the design asks; rates that differ are said to differ."""

import math

import pytest
from hypothesis import given, strategies as st

from rfsq.style import wording
from rfsq.style.wording import unequal_rates_sentence


def plain(text: str) -> str:
    """The text with `_` where a narrow no-break space must stand, so that the tables below can be read."""
    assert " B" not in text and " dB" not in text
    return text.replace("\u202f", "_")


@pytest.mark.parametrize(
    ("value", "text"),
    [(28.53, "28.5_dB"), (0, "0.0_dB"), (-1.25, "−1.2_dB"), (-0.04, "0.0_dB"), (math.inf, "∞_dB"), (math.nan, "–")],
)
def test_decibels_have_one_decimal_and_a_real_minus(value: float, text: str) -> None:
    assert plain(wording.format_db(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.82, "+0.8_dB"), (-1.6, "−1.6_dB"), (0.04, "under 0.1_dB"), (-0.0999, "under 0.1_dB"), (0.1, "+0.1_dB")],
)
def test_differences_in_decibels_have_a_sign_and_none_is_called_zero(value: float, text: str) -> None:
    assert plain(wording.format_db_gap(value)) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.864, 2, "+0.86"),
        (-1.2, 2, "−1.20"),
        (0.004, 2, "0.00"),
        (-0.004, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (0.4, 0, "0"),
        (-0.006, 2, "−0.01"),
        (10.0, 0, "+10"),
        (math.inf, 1, "+∞"),
        (-math.inf, 1, "−∞"),
        (math.nan, 1, "–"),
    ],
)
def test_differences_have_a_sign_unless_they_round_to_zero(value: float, decimals: int, text: str) -> None:
    assert wording.format_signed(value, decimals) == text


@given(st.floats(-10, 10), st.integers(0, 5))
def test_a_sign_stands_where_a_digit_does(value: float, decimals: int) -> None:
    text = wording.format_signed(value, decimals)
    assert text.startswith(("+", "−")) == any(digit in text for digit in "123456789")
    assert wording.format_number(value, decimals) == text.replace("−", "-").replace("+", "")


@pytest.mark.parametrize(
    ("value", "text"), [(40.0, "40_bits"), (1, "1_bit"), (11.3219, "11.32_bits"), (math.nan, "–"), (100, "100_bits")]
)
def test_bits_are_whole_or_have_two_decimals(value: float, text: str) -> None:
    assert plain(wording.format_bits(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.5, "2.500_bpp"),
        (1.375, "1.375_bpp"),
        (0.6875, "0.688_bpp"),
        (2.5390625, "2.539_bpp"),
        (1.8774, "1.877_bpp"),
        (0.012345, "0.0123_bpp"),
        (160.0, "160_bpp"),
        (math.nan, "–"),
    ],
)
def test_bits_per_pixel_have_three_decimals_or_three_digits(value: float, text: str) -> None:
    assert plain(wording.format_bpp(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0_B"),
        (999, "999_B"),
        (6214, "6_214_B"),
        (9999, "9_999_B"),
        (10_000, "10.0_kB"),
        (41_270, "41.3_kB"),
        (99_960, "100_kB"),
        (999_499, "999_kB"),
        (999_500, "1.00_MB"),
        (9_996_000, "10.0_MB"),
        (2_500_000_000, "2.50_GB"),
    ],
)
def test_bytes_are_whole_up_to_ten_thousand_and_have_three_digits_beyond(value: int, text: str) -> None:
    assert plain(wording.format_bytes(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.123"), (1, "1.000"), (-0.0321, "−0.032"), (-0.0001, "0.000"), (math.nan, "–")]
)
def test_scores_have_three_decimals_and_a_real_minus(value: float, text: str) -> None:
    assert wording.format_score(value) == text


@pytest.mark.parametrize(("value", "text"), [(47.6, "48_ms"), (0.3, "under 1_ms"), (0, "0_ms"), (1200.4, "1200_ms")])
def test_milliseconds_are_whole_and_short_ones_are_not_called_zero(value: float, text: str) -> None:
    assert plain(wording.format_ms(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0_%"),
        (0.0118, "1.2_%"),
        (0.0095, "0.95_%"),
        (0.02, "2_%"),
        (0.0994, "9.9_%"),
        (0.3158, "32_%"),
        (0.99854, "99.9_%"),
        (0.9958, "99.6_%"),
        (0.999999, "99.9_%"),
        (1, "100_%"),
        (3.81, "381_%"),
        (1e-8, "under 0.0001_%"),
        (math.nan, "–"),
    ],
)
def test_shares_say_all_and_nothing_only_where_it_is_so(value: float, text: str) -> None:
    assert plain(wording.format_share(value)) == text


@given(st.floats(10_000, 9e14))
def test_large_sizes_always_show_three_digits(value: float) -> None:
    number, unit = wording.format_bytes(value).split(wording.NARROW_SPACE)
    assert len(number.replace(".", "")) == 3 and unit in ("kB", "MB", "GB", "TB")
    shown = float(number) * {"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[unit]
    assert math.isclose(shown, value, rel_tol=0.00501)


def test_equal_rates_need_no_warning() -> None:
    assert unequal_rates_sentence({}) is None
    assert unequal_rates_sentence({"FSQ": 12}) is None
    assert unequal_rates_sentence({"none": 40, "scale": 40.0, "layernorm": 40 + 1e-12}) is None
    assert unequal_rates_sentence({"continuous-5": None}) is None


def test_unequal_rates_are_said_for_any_number_of_methods() -> None:
    assert (
        unequal_rates_sentence({"FSQ": 12, "RFSQ 4×1024 layernorm": 40})
        == "Not a fair pair: RFSQ 4×1024 layernorm spends 40 bits per token, FSQ 12."
    )
    assert (
        unequal_rates_sentence({"VQ": 12, "FSQ": 12, "LFQ": 11.5, "RFSQ 4×1024": 40, "RFSQ 2×2048": 22})
        == "Not a fair comparison: RFSQ 4×1024 spends 40 bits per token, RFSQ 2×2048 22, VQ and FSQ 12, LFQ 11.50."
    )
    assert (
        unequal_rates_sentence({"none": 40, "scale": 40, "layernorm": 40, "FSQ": 1})
        == "Not a fair comparison: none, scale and layernorm spend 40 bits per token, FSQ 1."
    )


def test_a_method_without_quantizer_has_no_rate_to_be_equal_to() -> None:
    assert (
        unequal_rates_sentence({"FSQ": 40, "continuous-5": None})
        == "Not a fair pair: FSQ spends 40 bits per token, continuous-5 is not quantized."
    )
