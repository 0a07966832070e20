"""Messages and reports between Python and the browser: what was packed comes out, and nothing of another version."""

import pytest
import streamlit as st

from rfsq.app.shared.browser import envelope
from rfsq.app.shared.browser.envelope import VERSION, pack, report, unpack


@pytest.mark.parametrize("header", [{}, {"title": "ꟻLIP"}, {"a": 1, "b": [1.5, None]}])
def test_a_message_comes_out_as_it_went_in_and_its_body_is_aligned(header: dict[str, object]) -> None:
    message = pack("TEST", header, b"abc", b"def")
    assert unpack(message) == ("TEST", header, b"abcdef")
    assert (len(message) - 6) % 8 == 0
    assert message == pack("TEST", header, b"abcdef")


@pytest.mark.parametrize("message", [b"", b"RFSQ", b"RFSV" + bytes(20), b"RFSQ\x09\x00TEST\x02\x00\x00\x00{}"])
def test_other_bytes_are_no_message(message: bytes) -> None:
    with pytest.raises(ValueError, match="not a message"):
        unpack(message)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, None),
        ({}, None),
        ({"report": 3}, None),
        ({"report": {"stage": 1}}, None),
        ({"report": {"version": VERSION + 1, "stage": 1}}, None),
        ({"other": {"version": VERSION}}, None),
        ({"report": {"version": VERSION, "stage": 1}}, {"version": VERSION, "stage": 1}),
    ],
)
def test_a_report_counts_when_it_is_of_this_version(
    result: object, expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "session_state", {"part": result})
    assert report("part") == expected
    assert envelope.report("another part") is None
