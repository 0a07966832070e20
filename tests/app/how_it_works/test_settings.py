"""Links to a token restore it, or say what they could not."""

from __future__ import annotations

import pytest

from rfsq.app.how_it_works.settings import FAMILY, TokenSettings, inside, read_token_link, write_token_link
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import EXAMPLES

PHOTOS = tuple(example.name for example in EXAMPLES)


def test_a_link_restores_every_setting() -> None:
    settings = TokenSettings("astronaut", FAMILY["scale"], 3, 7, 2, 4)
    link = dict(part.split("=") for part in write_token_link(settings).split("&"))
    assert read_token_link(link, photos=PHOTOS) == (settings, ())


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("model", "<b>x</b>", "There is no quantized model"),
        ("model", "continuous-4", "There is no quantized model"),
        ("row", "-4", "as the token's row"),
        ("column", "two", "no whole number"),
        ("stage", "0", "as the open stage"),
        ("photo", "own", "sender's own photo"),
        ("v", "9", "version"),
    ],
)
def test_a_wrong_value_is_replaced_and_said(key: str, value: str, words: str) -> None:
    settings, notes = read_token_link({key: value}, photos=PHOTOS)
    assert len(notes) == 1 and words in notes[0] and "<" not in notes[0]
    assert settings.model in ZOO and settings.row >= -1 and settings.stage >= 1 and settings.photo in PHOTOS


def test_a_token_outside_of_the_photo_is_moved_with_a_sentence() -> None:
    asked = TokenSettings(row=3, column=90, stage=8, channel=30)
    settings, notes = inside(asked, grid=(10, 12), edge=(5, 5), stages=4, channels=5)
    assert (settings.row, settings.column, settings.stage, settings.channel) == (3, 11, 4, 4)
    assert "none in row 3, column 90" in notes[0] and "no stage 8" in notes[1]
    assert inside(TokenSettings(), grid=(10, 12), edge=(5, 6), stages=4, channels=5)[0].column == 6
