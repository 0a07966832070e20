"""What a view needs beside its pictures is computed beside the page: the run ends before it, and only what is wanted is done."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from app_pages import is_computing, open_app, texts, whole
from made_clock import Clock
from streamlit.testing.v1 import AppTest

from rfsq.app.compare import needs
from rfsq.app.compare.rest import Need, Rest
from rfsq.app.compare.settings import Settings
from rfsq.app.shared import slow_work
from rfsq.app.shared.slow_work import viewers_line
from rfsq.app.shared.store import store


class Gate:
    """Stands before one kind of work: lets nobody in until it is opened, and counts who was let in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.open = threading.Event()
        self.reached = threading.Event()
        original = getattr(needs, name)

        def wait(working: object, *what: Any) -> object:
            self.reached.set()
            assert self.open.wait(60)
            self.asked.append(what)
            return original(working, *what)

        monkeypatch.setattr(needs, name, wait)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Gate]:
    store.cache_clear()
    return lambda name: Gate(monkeypatch, name)


def table_of(page: AppTest) -> str:
    return next(block.proto.body for block in page.get("html") if "data-method" in block.proto.body)


def timings(page: AppTest) -> list[str]:
    return [block.proto.body for block in page.get("html") if "rfsq-timing" in block.proto.body]


def choose(page: AppTest, conditioning: str) -> AppTest:
    return page.segmented_control(key="strategy-conditioning").set_value(conditioning).run()


def until_idle() -> None:
    deadline = time.monotonic() + 60
    while len(viewers_line()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_run_that_draws_the_pictures_ends_before_the_scores_and_the_next_ones_bring_them(
    gate: Callable[[str], Gate], drawn: Any
) -> None:
    scores = gate("scores_of")
    page = open_app(to_its_end=False)
    assert is_computing(page) and not timings(page)
    assert all(method.frames[3].pixels is not None for method in drawn.methods), "the pictures on screen"
    assert table_of(page).count("<tr") == 5 and "…" in table_of(page), "the ceiling has its row from the beginning"
    assert scores.reached.wait(60)
    page.run()
    assert is_computing(page) and all(frame.pixels is not None for method in drawn.methods for frame in method.frames)
    assert all(method.start is not None for method in drawn.methods), "stages can be dragged before there are scores"
    choose(page, "scale")
    assert [method.label for method in drawn.methods] == ["RFSQ none", "RFSQ scale"], "while a score is being measured"
    scores.open.set()
    whole(choose(page, "all"))
    assert "…" not in table_of(page) and table_of(page).count("<tr") == 5
    assert len(timings(page)) == 1, "its times are said once all is there"


def test_what_only_an_older_view_needed_is_dropped_before_it_begins(gate: Callable[[str], Gate]) -> None:
    other_stages, scores = gate("decode"), gate("scores_of")
    scores.open.set()
    page = open_app(to_its_end=False)
    assert other_stages.reached.wait(60)
    choose(page, "geometric")
    choose(page, "scale")
    other_stages.open.set()
    whole(page)
    assert {name for name, _ in scores.asked} == {"rfsq-4x1024-none", "rfsq-4x1024-scale", "continuous-5"}
    asked = [{name for name, _ in frames} for (frames,) in other_stages.asked]
    assert sum("rfsq-4x1024-layernorm" in names for names in asked) == 1, "what was in the middle comes to its end"
    assert not any("rfsq-4x1024-geometric" in names for names in asked)


def test_what_goes_wrong_ends_in_a_sentence_and_is_tried_again_by_the_next_change_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.cache_clear()
    tries: list[object] = []

    def fail(working: object, panels: object) -> None:
        tries.append(panels)
        raise RuntimeError("out of memory.\nat some address")

    monkeypatch.setattr(needs, "prepare_learned_scores", fail)
    with caplog.at_level(logging.ERROR):
        page = open_app()
    sentence = "Could not be computed: ST-LPIPS and LPIPS (out of memory). The next change of the view tries again."
    assert [warning.value for warning in page.warning] == [sentence]
    assert "…" not in table_of(page) and len(timings(page)) == 1, "all else is there"
    assert "ST-LPIPS and LPIPS of Compare could not be computed" in caplog.text and "Traceback" in caplog.text
    for _ in range(3):
        page.run()
    assert len(tries) == 1 and sentence in texts(page)
    whole(choose(page, "scale"))
    assert len(tries) == 2 and sentence in texts(page)
    monkeypatch.setattr(needs, "prepare_learned_scores", lambda working, panels: None)
    whole(choose(page, "all"))
    assert not page.warning


def test_a_viewer_who_left_costs_nothing_more_and_one_who_comes_back_gets_all(
    gate: Callable[[str], Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    other_stages, scores = gate("decode"), gate("scores_of")
    scores.open.set()
    clock = Clock.of(monkeypatch, slow_work)
    page = open_app(to_its_end=False)
    assert other_stages.reached.wait(60)
    clock.pass_time(slow_work.LEFT_AFTER_S + 1)
    other_stages.open.set()
    until_idle()
    assert len(other_stages.asked) == 1 and not scores.asked, (
        "what was in the middle came to its end, nothing else began"
    )
    whole(page.run())
    assert len(scores.asked) == 4 and "…" not in table_of(page)


def test_what_no_store_holds_is_not_made_in_a_circle() -> None:
    made: list[str] = []
    need = Need("key", "something large", known=lambda: False, find=lambda: made.append("once"))
    rest = Rest(Settings(), [[need]])
    assert rest.missing and rest.begin(1.0) > 0
    while not rest.has_news:
        time.sleep(0.01)
    rest.look_again(follows=True)
    assert not rest.missing and made == ["once"] and rest.end(2.0).pictures_ms == 1.0
    followed = Rest(Settings(), [[need], []], rest)
    assert not followed.missing, "nor by the view that follows by itself"
    assert Rest(Settings(), [[need]]).missing
