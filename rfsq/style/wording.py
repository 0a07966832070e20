"""Numbers and warnings as people read them: one rule per quantity, used by app, command line and notebooks alike.

A narrow no-break space stands before units and between thousands, minus is the real minus sign, a value that was not
measured is a dash.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
MISSING = "\u2013"


def format_db(value: float) -> str:
    """Decibels to one decimal: "28.5 dB"; infinite (identical pictures) is "∞ dB"."""
    return _with_unit(_fixed(value, 1), "dB")


def format_db_gap(gap: float) -> str:
    """A difference in decibels with its sign: "+0.8 dB", or "under 0.1 dB" where one decimal would show nothing."""
    if math.isfinite(gap) and abs(gap) < 0.1:
        return "under " + format_db(0.1)
    return ("+" if gap > 0 else "") + format_db(gap)


def format_signed(value: float, decimals: int) -> str:
    """A difference with its sign: "+0.86", "−1.20"; "0.00" without one where it rounds to zero."""
    text = _fixed(value, decimals)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def format_bits(value: float) -> str:
    """Bits, exact if whole ("40 bits"), else to two decimals ("11.32 bits")."""
    return _with_unit(_bits_number(value), "bit" if value == 1 else "bits")


def format_bpp(value: float) -> str:
    """Bits per pixel to three decimals ("1.375 bpp", "2.511 bpp"): tokens alone, and with a little side information.

    From 10 on and below 0.1, three digits.
    """
    return _with_unit(_fixed(value, 3) if 0.1 <= abs(value) < 9.9995 else _three_digits(value), "bpp")


def format_bytes(value: float) -> str:
    """File sizes: exact to 9 999 ("6 214 B"), then three digits with 1 kB = 1000 B ("41.3 kB")."""
    if not math.isfinite(value):
        return _with_unit(_fixed(value, 0), "B")
    if abs(value) < 9999.5:
        return _with_unit(_signed(f"{value:,.0f}".replace(",", NARROW_SPACE)), "B")
    scaled, unit = value / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if abs(scaled) < 999.5:
            break
        scaled, unit = scaled / 1000, larger
    return _with_unit(_three_digits(scaled), unit)


def format_number(value: float | None, decimals: int) -> str:
    """A number in a table of the command line or of a document, in plain ASCII digits; a dash for None."""
    return MISSING if value is None else f"{value:z.{decimals}f}"


def format_score(value: float) -> str:
    """SSIM, MS-SSIM, FLIP, LPIPS and L1 to three decimals."""
    return _fixed(value, 3)


def format_share(share: float) -> str:
    """A share of 0 … 1 as people say it: "32 %", "1.2 %", "99.9 %"; "0 %" only for none at all, "100 %" only for all."""
    if not math.isfinite(share):
        return MISSING
    if 0.995 <= share < 1:
        return _with_unit("99.9" if share >= 0.9985 else f"{100 * share:.1f}", "%")
    number = f"{100 * share:.0f}" if share >= 0.0995 or share == 0 else f"{100 * share:.2g}"
    return _with_unit(number if "e" not in number else "under 0.0001", "%")


def format_ms(value: float) -> str:
    """Whole milliseconds: "48 ms"; "under 1 ms" where that would be zero."""
    if 0 < value < 0.5:
        return "under " + _with_unit("1", "ms")
    return _with_unit(_fixed(value, 0), "ms")


def unequal_rates_sentence(rates: Mapping[str, float | None], per: Literal["token", "pixel"] = "token") -> str | None:
    """The sentence that must stand beside methods shown together at different rates; None if all spend the same.

    `rates`: bits per token (per pixel, where tokens stand for blocks of unequal size) by the method's name, None for a
    method without quantizer. The most expensive comes first; methods at one rate share a phrase.
    """
    names_at: dict[str | None, list[str]] = {}
    for name, bits in sorted(rates.items(), key=lambda item: -math.inf if item[1] is None else -item[1]):
        names_at.setdefault(None if bits is None else _bits_number(bits), []).append(name)
    if len(names_at) < 2:
        return None
    unquantized = names_at.pop(None, [])
    phrases = [f"{listed(names)} {bits}" for bits, names in names_at.items()]
    first_bits, first_names = next(iter(names_at.items()))
    verb = "spends" if len(first_names) == 1 else "spend"
    unit = "bit" if first_bits == "1" else "bits"
    phrases[0] = f"{listed(first_names)} {verb} {first_bits} {unit} per {per}"
    if unquantized:
        phrases.append(f"{listed(unquantized)} {'is' if len(unquantized) == 1 else 'are'} not quantized")
    return f"Not a fair {'pair' if len(rates) == 2 else 'comparison'}: {', '.join(phrases)}."


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "a, b and c"; nothing for none."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _bits_number(value: float) -> str:
    # A sum of logarithms may miss its whole number by a rounding error.
    whole = math.isfinite(value) and math.isclose(value, round(value), rel_tol=1e-9)
    return _fixed(value, 0 if whole else 2)


def _fixed(value: float, decimals: int) -> str:
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    return _signed(f"{value:.{decimals}f}")


def _three_digits(value: float) -> str:
    if not math.isfinite(value) or value == 0:
        return _fixed(value, 0)
    # The exponent is read after rounding, so that 9.996 becomes 10.0 and not 10.00.
    exponent = int(f"{value:.2e}".partition("e")[2])
    return _fixed(value, max(0, 2 - exponent))


def _signed(digits: str) -> str:
    """Real minus, and none before a number that was rounded to zero."""
    if digits.startswith("-"):
        return MINUS + digits[1:] if any(c in "123456789" for c in digits) else digits[1:]
    return digits


def _with_unit(number: str, unit: str) -> str:
    return number if number == MISSING else number + NARROW_SPACE + unit
