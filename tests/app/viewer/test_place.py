"""A link says where the viewer begins; what it says wrongly is left out with a sentence."""

from __future__ import annotations

import pytest

from rfsq.app.shared.link_reader import LinkReader
from rfsq.app.viewer.place import Place, read_place

NAMES = ("none", "continuous-5.fsq-2-s4-layernorm")


def read(**values: str) -> tuple[Place, tuple[str, ...]]:
    reader = LinkReader(values)
    return read_place(reader, NAMES), reader.notes


def test_no_link_is_a_viewer_that_nobody_touched() -> None:
    assert read() == (Place(), ())


def test_every_value_is_read() -> None:
    values = {"picture": NAMES[1], "left": "original", "right": "none", "divider": "0.25", "zoom": "3"}
    assert read(**values, at="0.333333,1", pixels="smooth") == (
        Place(NAMES[1], "original", "none", 0.25, 3.0, 0.333333, 1.0, "smooth"),
        (),
    )


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("picture", "gone", "There is no picture “gone”, which the link asks for. Showing all."),
        ("left", "all", "There is no left picture “all”, which the link asks for. It is left out."),
        (
            "divider",
            "1.01",
            "The link's place of the divider “1.01” is no number from 0 to 1. It stands in the middle.",
        ),
        ("divider", "nan", "is no number"),
        ("zoom", "1e9", "is no number from 0.01 to 16. Showing whole pictures."),
        ("zoom", "2,3", "The link has 2 values for the zoom, and 1 is needed. Showing whole pictures."),
        ("at", "0.5", "The link has 1 value for the position, and 2 are needed. Showing the middle."),
        ("at", "-1,0", "are not numbers from 0 to 1"),
        ("pixels", "round", "There is no way to draw pixels “round”"),
    ],
)
def test_a_wrong_value_is_left_out_and_said(key: str, value: str, sentence: str) -> None:
    place, notes = read(**{key: value})
    assert place == Place()
    assert len(notes) == 1 and sentence in notes[0]
