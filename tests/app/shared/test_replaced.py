"""What a browser says of controls without having read that the app replaced their values: it undoes nothing, and every choice
counts."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

MARK = "replaced-test-all"


def _script() -> None:
    """Letters that a button sets all at once, as a guided step does, and one that follows another."""
    import streamlit as st

    from rfsq.app.shared.replaced import Replaced

    state = st.session_state
    replaced: Replaced = state.setdefault("memory", Replaced("test"))
    heard: list[str] = state.setdefault("heard", [])

    def step() -> None:
        for key, value in state["sets"].items():
            replaced.put(key, value)

    def take(key: str) -> None:
        heard.append(f"{key}={state[key]}")

    with replaced.marked("all", "one", "two"):
        for key in ("one", "two"):
            st.radio(key, list("abcd"), key=key, on_change=replaced.heard(key, lambda key=key: take(key)))
    st.button("step", key="step", on_click=step)


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(_script, default_timeout=30).run()


def step(page: AppTest, **sets: str) -> int:
    """The app replaces these values; returns the number that the browser has until it reads of it."""
    page.session_state["sets"] = sets
    before = number(page)
    page.button(key="step").click().run()
    assert shown(page) | sets == shown(page) and number(page) > before
    return before


def says(page: AppTest, known: int, **values: str) -> dict[str, str]:
    """A message of a browser that has read up to a number, with these values; returns what controls hold then."""
    page.number_input(key=MARK).set_value(known)
    for key, value in values.items():
        page.radio(key=key).set_value(value)
    page.run()
    assert not page.exception
    return shown(page)


def shown(page: AppTest) -> dict[str, str]:
    return {key: str(page.radio(key=key).value) for key in ("one", "two")}


def number(page: AppTest) -> int:
    return int(page.number_input(key=MARK).value or 0)


def heard(page: AppTest) -> list[Any]:
    return list(page.session_state["heard"])


def test_what_was_sent_before_a_step_was_read_does_not_undo_it_however_late_and_often(page: AppTest) -> None:
    known = step(page, one="b", two="c")
    for _ in range(3):
        assert says(page, known, one="a", two="a") == {"one": "b", "two": "c"}
    assert heard(page) == []


def test_a_choice_in_such_a_message_counts(page: AppTest) -> None:
    known = step(page, one="b", two="c")
    assert says(page, known, one="a", two="d") == {"one": "b", "two": "d"}
    assert heard(page) == ["two=d"]


def test_once_the_step_was_read_the_old_value_can_be_chosen_at_once(page: AppTest) -> None:
    step(page, one="b", two="c")
    assert says(page, number(page), one="a", two="c") == {"one": "a", "two": "c"}
    assert heard(page) == ["one=a"]


def test_each_step_replaces_what_the_browser_has_read_of_till_then(page: AppTest) -> None:
    first = step(page, one="b")
    second = step(page, one="c")
    assert says(page, first, one="a")["one"] == "c"
    assert says(page, second, one="b")["one"] == "c"
    assert says(page, second, one="a")["one"] == "a", "who has read of the first step chooses what was before it"


def test_a_choice_is_not_undone_by_the_step_that_it_crossed(page: AppTest) -> None:
    known = step(page, one="b")
    first = number(page)
    page.session_state["sets"] = {"one": "d"}  # the page stands at the choice, as pages do that set all their controls
    page.number_input(key=MARK).set_value(known)
    page.radio(key="one").set_value("d")
    page.button(key="step").click().run()
    assert shown(page)["one"] == "d"
    assert says(page, first, one="b")["one"] == "d", "the browser had read of the step alone"


def test_what_a_control_holds_already_is_not_sent_to_it_again(page: AppTest) -> None:
    page.radio(key="one").set_value("b").run()
    before = number(page)
    page.session_state["sets"] = {"one": "b"}
    page.button(key="step").click().run()
    assert not page.radio(key="one").proto.set_value and number(page) == before
