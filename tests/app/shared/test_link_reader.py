"""Values of a link: right ones come back, of wrong ones each parameter gets one note that says what is shown instead."""

from __future__ import annotations

import pytest

from rfsq.app.shared.link_reader import LinkReader, quoted

NAMES = {"cat": "Cat", "dog": "Dog"}


def test_right_and_missing_values_need_no_word() -> None:
    reader = LinkReader({"animal": "dog", "count": "3", "on": "1", "list": "cat,dog", "factors": "1,2.5", "v": "1"})
    reader.check_version()
    assert reader.choice("animal", NAMES, "cat", "There is no animal") == "dog"
    assert reader.choice("other", NAMES, "cat", "There is no animal") == "cat"
    assert (reader.whole("count", 1, 4, 2, "legs"), reader.whole("tails", 1, 4, 2, "tails")) == (3, 2)
    assert reader.switch("on", False, "the light") and not reader.switch("off", False, "the light")
    assert reader.several("list", NAMES, "There is no animal") == ("cat", "dog")
    assert reader.numbers("factors", 0, 9, 2, "factors", "None are used.") == (1.0, 2.5)
    assert reader.notes == ()


@pytest.mark.parametrize(
    ("value", "note"),
    [
        ("cow", "There is no animal “cow”, which the link asks for. Showing Cat."),
        ("", "The link's value for “animal” is empty. Showing Cat."),
        ("c\x00w\n", "There is no animal “c?w?”, which the link asks for. Showing Cat."),
        (("cat", "dog"), "The link gives 2 values for “animal”. The last one counts."),
        (("cat", "cow"), "The link gives 2 values for “animal”. Showing Cat."),
        (("dog", "dog"), None),
    ],
)
def test_a_wrong_word_is_replaced_by_the_default_under_its_name(value: str | tuple[str, ...], note: str | None) -> None:
    reader = LinkReader({"animal": value})
    assert reader.choice("animal", NAMES, "cat", "There is no animal") in NAMES
    assert reader.notes == (() if note is None else (note,))


@pytest.mark.parametrize(
    ("value", "found", "note"),
    [
        ("9", 4, "The link asks for 9 legs; 1 to 4 are possible. Showing 4."),
        ("-2", 1, "The link asks for -2 legs; 1 to 4 are possible. Showing 1."),
        ("7" * 9000, 4, f"The link asks for {'7' * 23}… legs; 1 to 4 are possible. Showing 4."),
        ("nan", 2, "The link asks for “nan” legs, which is no whole number. Showing 2."),
        ("1.5", 2, "The link asks for “1.5” legs, which is no whole number. Showing 2."),
        ("", 2, "The link's value for “count” is empty. Showing 2."),
    ],
)
def test_a_wrong_number_is_moved_or_replaced(value: str, found: int, note: str) -> None:
    reader = LinkReader({"count": value})
    assert reader.whole("count", 1, 4, 2, "legs") == found and reader.notes == (note,)


@pytest.mark.parametrize("value", ["1", "1,2,3", "nan,1", "1,1e99", "a,b", "1,", ",", "1" * 9000])
def test_numbers_of_a_list_are_taken_together_or_not_at_all(value: str) -> None:
    reader = LinkReader({"factors": value})
    assert reader.numbers("factors", 0, 9, 2, "factors", "Showing fitted ones.") == ()
    assert len(reader.notes) == 1 and reader.notes[0].endswith("Showing fitted ones.") and len(reader.notes[0]) < 120


def test_two_faults_of_one_parameter_are_one_note_with_the_last_outcome() -> None:
    reader = LinkReader({"levels": "99"})
    assert reader.whole("levels", 2, 16, 4, "levels") == 16
    reader.say("levels", "VQ cannot have 16 levels.", "Showing 3.")
    assert reader.notes == ("The link asks for 99 levels; 2 to 16 are possible. Showing 3.",)


def test_words_of_a_list_that_are_unknown_are_left_out() -> None:
    reader = LinkReader({"list": "cat,cow,<b>,cat"})
    assert reader.several("list", NAMES, "There is no animal") == ("cat",)
    assert reader.notes == ("There is no animal “cow” and 1 more, which the link asks for. They are left out.",)


def test_quoted_text_is_short_and_without_markup() -> None:
    assert quoted("<b>[x](y)`$\u202e") == "?b??x??y????" and len(quoted("a" * 9999)) == 24
