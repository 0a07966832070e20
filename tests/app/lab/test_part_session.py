"""Controls and settings of a part: what a browser says that was not told of a step does not undo it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from rfsq.app.lab.life.lesson import LESSON
from rfsq.app.lab.life.session import LifeSession
from rfsq.app.lab.life.settings import LifeView

LEARNS, COLLAPSE = LESSON.opened_by["encoder"], LESSON.opened_by["collapse"]
ROW, MORE = "replaced-life-row", "replaced-life-more"


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The values of the controls, as the last message of the browser has them or a change put them."""
    values: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", values)
    return values


def drawn(settings: LifeView) -> LifeSession:
    """The part with these settings, of which the browser has read."""
    memory = LifeSession(settings, settings, ())
    memory.change(settings)
    draw(memory)
    return memory


def draw(memory: LifeSession) -> None:
    with memory.marked("row", "encoder", "start"):
        pass
    with memory.marked("more", "seed", "channels"):
        pass


def test_a_step_stands_whatever_the_browser_says_until_it_has_read_of_it(state: dict[str, Any]) -> None:
    memory = drawn(LEARNS)
    known = state[ROW]
    memory.change(COLLAPSE, move=True)
    assert state["life-encoder"] == "frozen"
    for _ in range(2):  # the film was moved, and the browser sends all that it knows; and once more
        state |= {"life-encoder": "learns", ROW: known}
        assert memory.moved() == COLLAPSE
        memory.change(memory.moved())
        draw(memory)
    state["life-encoder"] = "learns"  # the number that it was given came with it
    assert memory.moved().encoder == "learns"


def test_what_a_person_chooses_meanwhile_counts(state: dict[str, Any]) -> None:
    memory = drawn(LEARNS)
    memory.change(COLLAPSE, move=True)
    state |= {"life-encoder": "learns", "life-start": "data", "life-seed": 4}
    assert memory.moved() == replace(COLLAPSE, start="data", seed=4)


def test_a_popover_that_is_closed_is_no_choice_though_the_row_beside_it_was_read(state: dict[str, Any]) -> None:
    memory = drawn(replace(LEARNS, seed=4, channels=(2, 3)))
    known = state[MORE]
    memory.change(LEARNS, move=True)
    draw(memory)
    state |= {"life-seed": 4, "life-a": 2, "life-b": 3, MORE: known, "life-encoder": "frozen"}
    assert memory.moved() == replace(LEARNS, encoder="frozen")
