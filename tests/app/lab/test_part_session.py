"""Controls and settings of a part: what a browser says that was not told of a change does not undo it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from rfsq.app.lab import part_session
from rfsq.app.lab.life.lesson import LESSON
from rfsq.app.lab.life.session import LifeSession
from rfsq.app.lab.life.settings import LifeView

LEARNS, COLLAPSE = LESSON.opened_by["encoder"], LESSON.opened_by["collapse"]


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The values of the controls, as the last message of the browser has them or a change put them."""
    values: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", values)
    return values


def stands_at(settings: LifeView) -> LifeSession:
    memory = LifeSession(settings, settings, ())
    memory.change(settings)
    memory.finish_run()
    return memory


def test_a_step_stands_when_the_run_that_drew_it_was_interrupted(state: dict[str, Any]) -> None:
    memory = stands_at(LEARNS)
    memory.change(COLLAPSE, move=True)
    assert state["life-encoder"] == "frozen"
    state["life-encoder"] = "learns"  # the film was moved, and the browser sends all that it knows
    assert memory.moved() == COLLAPSE
    memory.change(memory.moved())
    state["life-encoder"] = "learns"  # and once more
    assert memory.moved() == COLLAPSE
    memory.change(memory.moved())
    memory.finish_run()
    state["life-encoder"] = "learns"  # sent before the end of that run was there
    assert memory.moved() == COLLAPSE


def test_what_a_person_chooses_in_that_time_counts(state: dict[str, Any]) -> None:
    memory = stands_at(LEARNS)
    memory.change(COLLAPSE, move=True)
    state |= {"life-encoder": "learns", "life-start": "data", "life-seed": 4}
    assert memory.moved() == replace(COLLAPSE, start="data", seed=4)


def test_once_it_is_drawn_the_old_value_can_be_chosen_again(
    state: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_session, "_ON_ITS_WAY_S", -1)  # it is long since there
    memory = stands_at(LEARNS)
    memory.change(COLLAPSE, move=True)
    memory.finish_run()
    state["life-encoder"] = "learns"
    assert memory.moved().encoder == "learns"


def test_each_step_replaces_what_the_controls_held_before_it(state: dict[str, Any]) -> None:
    memory = stands_at(LEARNS)
    memory.change(COLLAPSE, move=True)
    memory.finish_run()
    time.sleep(part_session._ON_ITS_WAY_S + 0.05)
    memory.change(LEARNS, move=True)
    state["life-encoder"] = "frozen"  # what the step before put there
    assert memory.moved() == LEARNS
