"""Letters without a browser: every sign of the app is there, and lines fit."""

from __future__ import annotations

import pytest

from rfsq.photos.gallery import EXAMPLES
from rfsq.style.lettering import can_write, fitted_lines, lettering
from rfsq.style.palette import STYLES
from rfsq.style.wording import format_bpp, format_bytes, format_db, format_db_gap, format_share


def test_the_font_has_every_mark_number_and_licence_line_of_the_app() -> None:
    marks = "".join(style.glyph for style in STYLES.values())
    numbers = format_db(float("inf")) + format_db_gap(-1.25) + format_bytes(9_709) + format_bpp(2.5) + format_share(0.5)
    credits = "".join(example.title + example.credit for example in EXAMPLES)
    assert can_write(marks + numbers + credits + "256 × 256 · ꟻLIP ÷ … – “”")
    assert not can_write("猫") and can_write(" \u202f")


@pytest.mark.parametrize("width", [90, 200, 700])
def test_lines_fit_and_keep_every_word(width: int) -> None:
    text = "40 bits/token · 2.500 bpp with 80 B side information"
    lines = fitted_lines(text, width, 24)
    assert " ".join(lines) == text
    assert all(lettering(24).getlength(line) <= width or " " not in line for line in lines)
    assert fitted_lines("", width, 24) == []
