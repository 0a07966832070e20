"""Links to a token restore it, or say what they could not, each wrong value once."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings as limits, strategies as st

from rfsq.app.how_it_works.lesson import LESSON, SUBJECTS
from rfsq.app.how_it_works.models import FAMILY, STACKED, TRAINED, stack_of, with_stack
from rfsq.app.how_it_works.settings import TokenSettings, inside, read_token_link, write_token_link
from rfsq.app.shared.link_reader import LinkReader
from rfsq.app.shared.own_models import config_of
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import EXAMPLES
from rfsq.style.palette import label_of

PHOTOS = tuple(example.name for example in EXAMPLES)
FIRST = TokenSettings()


def read(link: dict[str, str]) -> tuple[TokenSettings, tuple[str, ...]]:
    settings, reader = read_token_link(link, photos=PHOTOS, available=tuple(ZOO), steps=SUBJECTS)
    return settings, reader.notes


@pytest.mark.parametrize(
    "settings",
    [
        FIRST,
        TokenSettings("astronaut", FAMILY["scale"], 3, 7, 2, 4),
        TokenSettings("cat", "continuous-5.fsq-5-s3-layernorm-global", 0, 0, 3, 0),
        *(step.settings(TokenSettings(row=4, column=5)) for step in LESSON),
    ],
)
def test_a_link_restores_every_setting(settings: TokenSettings) -> None:
    assert read(dict(parse_qsl(write_token_link(settings)))) == (settings, ())


@pytest.mark.parametrize(
    ("link", "changed", "words"),
    [
        ({"model": "<b>x</b>"}, {}, "no model"),
        ({"model": "continuous-4"}, {}, "no model"),
        ({"model": "continuous-5.fsq-2-s9-none"}, {}, "no model"),
        ({"model": "continuous-5.fsq-2-s0-none"}, {}, "no model"),
        ({"model": "rfsq-2x2048-none", "stage": "9"}, {"model": "rfsq-2x2048-none", "stage": 2}, "this model has 2"),
        ({"row": "-4"}, {"row": 0}, "outside of every photo. Showing 0."),
        ({"row": "2", "column": "two"}, {"row": 2}, "no whole number. Showing the column of the strongest edge."),
        ({"stage": "0"}, {}, "as the open stage, this model has 4. Showing 1."),
        ({"stage": "99999"}, {"stage": 4}, "as the open stage"),
        ({"channel": "5"}, {"channel": 4}, "0 to 4"),
        ({"channel": "-1"}, {"channel": 0}, "0 to 4"),
        ({"channel": "x"}, {}, "Showing the one that shows most."),
        ({"photo": "own"}, {}, "sender's own photo"),
        ({"photo": "dog"}, {}, "no example photo"),
        ({"step": "last"}, {}, "no guided step"),
        (
            {"step": "worse", "model": with_stack("", conditioning="scale")},
            {"model": with_stack("", conditioning="scale")},
            "not about its model",
        ),
        ({"v": "9"}, {}, "version"),
    ],
)
def test_a_wrong_value_is_replaced_and_said_once(link: dict[str, str], changed: dict[str, object], words: str) -> None:
    settings, notes = read(link)
    assert settings == replace(FIRST, **changed)  # type: ignore[arg-type]
    assert len(notes) == 1 and words in notes[0] and "<" not in notes[0]


def test_a_model_that_is_not_on_this_machine_gives_way_to_one_that_is() -> None:
    settings, reader = read_token_link({"model": "lfq-12"}, photos=PHOTOS, available=(FAMILY["none"],), steps=SUBJECTS)
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


@limits(max_examples=80)
@given(
    st.dictionaries(
        st.sampled_from(["v", "photo", "model", "row", "column", "stage", "channel", "step"]), st.text(max_size=20)
    )
)
def test_whatever_a_link_holds_the_settings_make_sense_and_no_value_is_said_twice(link: dict[str, str]) -> None:
    settings, notes = read(link)
    assert settings.model in (*STACKED, *TRAINED) and settings.photo in PHOTOS
    assert 1 <= settings.stage <= config_of(settings.model).num_stages
    assert len(notes) == len(set(notes)) <= len(link)


def test_every_stack_of_the_page_is_one_that_it_can_name_again() -> None:
    for name in STACKED:
        stack = stack_of(name)
        assert stack is not None and with_stack(name) == name
    assert stack_of(FAMILY["none"]) is None
