"""What a server does while nobody waits: once, and it makes later searches for garbage short."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest
import streamlit as st

from rfsq.app.compare.opening import opening_views
from rfsq.app.shared import idle, reconstructions
from rfsq.app.shared.store import store
from rfsq.photos.gallery import EXAMPLES


def test_tasks_are_done_once_for_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "_PAUSE_S", 0.0)
    monkeypatch.setattr(idle, "set_aside", lambda: None)
    st.cache_resource.clear()
    done: list[str] = []
    idle.when_idle([lambda: done.append("first"), lambda: done.append("second")])
    idle.when_idle([lambda: done.append("again")])
    join()
    assert done == ["first", "second"]


def test_a_process_that_is_told_so_makes_nothing_ahead_and_still_sets_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    aside: list[None] = []
    monkeypatch.setattr(idle, "set_aside", lambda: aside.append(None))
    monkeypatch.setenv("RFSQ_IDLE_WORK", "0")
    st.cache_resource.clear()
    done: list[str] = []
    idle.when_idle([lambda: done.append("first")])
    join()
    assert not done and aside


def join() -> None:
    """Wait for what is done while nobody waits."""
    for thread in threading.enumerate():
        if thread.name == "idle":
            thread.join()


def test_what_is_set_aside_is_not_looked_through_again() -> None:
    try:
        idle.set_aside()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_the_first_view_of_every_example_is_made(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    store.cache_clear()  # what another test has decoded
    made: list[int] = []
    monkeypatch.setattr(
        reconstructions, "_decode_together", lambda _working, _network, wanted, _progress: made.append(len(wanted))
    )
    tasks = opening_views()
    assert len(tasks) == len(EXAMPLES)
    tasks[0]()
    assert sum(made) == 3, "none, scale and layernorm at all their stages, the picture on screen of each"
