"""Links to a token restore it, or say what they could not."""

from __future__ import annotations

import pytest

from rfsq.app.how_it_works.settings import FAMILY, TokenSettings, inside, read_token_link, write_token_link
from rfsq.app.shared.link_reader import LinkReader
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import EXAMPLES
from rfsq.style.palette import label_of

PHOTOS = tuple(example.name for example in EXAMPLES)


def read(values: dict[str, str]) -> tuple[TokenSettings, tuple[str, ...]]:
    settings, reader = read_token_link(values, photos=PHOTOS, available=tuple(ZOO))
    return settings, reader.notes


def test_a_link_restores_every_setting() -> None:
    settings = TokenSettings("astronaut", FAMILY["scale"], 3, 7, 2, 4)
    link = dict(part.split("=") for part in write_token_link(settings).split("&"))
    assert read(link) == (settings, ())


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("model", "<b>x</b>", "There is no model"),
        ("model", "continuous-4", "There is no model"),
        ("row", "-4", "asks for -4 as the token's row, which is outside of every photo. Showing 0."),
        ("column", "two", "no whole number. Showing the column of the strongest edge."),
        ("stage", "0", "as the open stage, this model has 4. Showing 1."),
        ("photo", "own", "sender's own photo"),
        ("v", "9", "version"),
    ],
)
def test_a_wrong_value_is_replaced_and_said(key: str, value: str, words: str) -> None:
    settings, notes = read({key: value})
    assert len(notes) == 1 and words in notes[0] and "<" not in notes[0]
    assert settings.model in ZOO and settings.row >= -1 and settings.stage >= 1 and settings.photo in PHOTOS


def test_a_model_that_is_not_on_this_machine_gives_way_to_one_that_is() -> None:
    settings, reader = read_token_link({"model": "lfq-12"}, photos=PHOTOS, available=(FAMILY["none"],))
    assert settings.model == FAMILY["none"]
    assert reader.notes == (
        f"There is no model “lfq-12”, which the link asks for. Showing {label_of(FAMILY['none'])}.",
    )


def test_a_token_outside_of_the_photo_is_moved_and_noted_once_for_each_value() -> None:
    asked, reader = TokenSettings(row=3, column=90, stage=8, channel=30), LinkReader({})
    settings = inside(asked, reader, grid=(10, 12), edge=(5, 5), stages=4, channels=5)
    assert (settings.row, settings.column, settings.stage, settings.channel) == (3, 11, 4, 4)
    assert reader.notes == (
        "There is no column 90: this photo has 12 of them. Showing column 11.",
        "This model has 4 stages, so there is no stage 8. Showing stage 4.",
    )
    far = LinkReader({"row": "99999"})
    found = inside(read({"row": "99999"})[0], far, grid=(10, 12), edge=(5, 6), stages=4, channels=5)
    assert (found.row, found.column) == (9, 6)


def test_a_row_without_a_column_stays() -> None:
    settings, _ = read({"row": "3"})
    placed = inside(settings, LinkReader({}), grid=(10, 12), edge=(5, 6), stages=4, channels=5)
    assert (placed.row, placed.column) == (3, 6)
