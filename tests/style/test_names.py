"""Names from outside: shown as they are, but for what would act on a terminal."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from rfsq.style.names import printable


@pytest.mark.parametrize(
    "name", ["photo v1.2.png", "#1?.jpg", "Ärger – 写真.png", "👩\u200d🚀.png", "a\\b", "100\u202f%"]
)
def test_an_ordinary_name_is_shown_as_it_is(name: str) -> None:
    assert printable(name) == name and printable(Path(name)) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("new\nline\r\t", r"new\nline\r\t"),
        ("\x1b[31mred\x07\x00\x7f", r"\x1b[31mred\x07\x00\x7f"),
        ("\x9b31m\x85", r"\x9b31m\x85"),  # C1: one character that begins a command
        ("exe.\u202egnp", r"exe.\u202egnp"),
        ("\u2066\u200e\u061c\ufeff\u2028\u00ad", r"\u2066\u200e\u061c\ufeff\u2028\xad"),
        ("\U000e0041", r"\U000e0041"),
        (b"caf\xe9.png".decode("utf-8", "surrogateescape"), r"caf\xe9.png"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_acts_on_a_terminal_is_written_out(name: str, shown: str) -> None:
    assert printable(name) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_acts_is_left_and_the_rest_can_be_encoded(name: str) -> None:
    shown = printable(name)
    assert all(unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    shown.encode()
