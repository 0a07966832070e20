"""Slow work tells how far it is, and ends soon after it is given up."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from made_clock import Clock
from streamlit.runtime.scriptrunner import StopException

from rfsq.app.shared import pace, slow_work
from rfsq.app.shared.pace import Pace
from rfsq.app.shared.slow_work import LEFT_AFTER_S, Line, Report, SlowWork

PATIENCE_S = 120.0  # for what comes at once, on a machine that may be busy


def test_work_that_is_done_says_so_and_what_it_made_is_there() -> None:
    made = []
    work = SlowWork("key", lambda report: made.append(report(0.5)), expected_s=2.0)
    assert work.wait(PATIENCE_S) and len(made) == 1 and work.share == 0.5 and not work.given_up and work.error is None


def test_work_that_is_given_up_ends_at_its_next_report() -> None:
    begun, steps = threading.Event(), []

    def endless(report: Report) -> None:
        while True:
            begun.set()
            steps.append(report(0.1))
            time.sleep(0.01)

    work = SlowWork("key", endless)
    assert begun.wait(PATIENCE_S) and not work.wait(0.05) and work.seconds_left is not None
    work.give_up()
    assert work.wait(PATIENCE_S) and work.given_up and work.error is None


def test_work_whose_page_was_left_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, begun = Clock.of(monkeypatch, slow_work), threading.Event()

    def endless(report: Report) -> None:
        while True:
            report(0.1)
            begun.set()
            time.sleep(0.001)

    work = SlowWork("key", endless)
    assert begun.wait(PATIENCE_S)
    clock.pass_time(LEFT_AFTER_S + 1)
    work._thread.join(PATIENCE_S)  # to ask the work itself would keep it alive
    assert work.given_up


def test_what_goes_wrong_is_kept_for_the_page() -> None:
    def wrong(report: Report) -> None:
        raise ValueError("no such thing")

    work = SlowWork("key", wrong, expected_s=1.0)
    assert work.wait(PATIENCE_S) and str(work.error) == "no such thing" and not work.given_up


def test_time_left_is_the_estimate_at_first_and_then_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock.of(monkeypatch, slow_work)
    go, reported, end = threading.Event(), threading.Event(), threading.Event()

    def half(report: Report) -> None:
        assert go.wait(PATIENCE_S)
        report(0.5)
        reported.set()
        assert end.wait(PATIENCE_S)

    work = SlowWork("key", half, expected_s=100.0)
    assert work.seconds_left == 100
    clock.pass_time(2)
    assert work.seconds_left == pytest.approx(98)
    go.set()
    assert reported.wait(PATIENCE_S) and work.seconds_left == pytest.approx(2)
    end.set()
    assert work.wait(PATIENCE_S) and work.error is None


def test_a_pace_is_the_median_of_what_was_measured_or_that_of_other_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, known = Clock.of(monkeypatch, pace), Pace()
    assert known.seconds("encode", "a", 12) is None
    for spent in (0.01, 0.3, 0.02):
        with known.measured("encode", "a", 0.1):
            clock.pass_time(spent)
    own, other = known.seconds("encode", "a", 12), known.seconds("encode", "b", 12)
    assert own == pytest.approx(2.4) and own == other
    assert known.seconds("decode", "a", 12) is None


class Done:
    """Works in a line, by name; the first holds the line until `release`."""

    def __init__(self) -> None:
        self.line, self.order = Line(), list[str]()
        self._held, self._release = threading.Event(), threading.Event()
        self.first = SlowWork("first", self._hold, line=self.line)
        assert self._held.wait(PATIENCE_S)

    def join(self, name: str, steps: int = 1) -> SlowWork:
        return SlowWork(name, *[partial(self._do, f"{name}{step}") for step in range(steps)], line=self.line)

    def release(self, *works: SlowWork) -> list[str]:
        self._release.set()
        assert all(work.wait(PATIENCE_S) for work in works)
        return self.order

    def _hold(self, report: Report) -> None:
        self._held.set()
        assert self._release.wait(PATIENCE_S)

    def _do(self, name: str, report: Report) -> None:
        report(0.0)
        self.order.append(name)


def test_works_in_a_line_are_done_one_by_one_and_a_second_step_waits_behind_the_others_first() -> None:
    done = Done()
    long, short = done.join("long", steps=2), done.join("short")
    assert len(done.line) == 3
    begun = [work._thread.is_alive() for work in (done.first, long, short)]
    assert begun == [True, False, False], "who waits needs no thread"
    assert done.release(done.first, long, short) == ["long0", "short0", "long1"]
    assert long.steps_done == 2 and not long.given_up


def test_who_is_given_up_leaves_the_line_and_who_left_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, done = Clock.of(monkeypatch, slow_work), Done()
    dropped, left, stays = (done.join(name) for name in ("dropped", "left", "stays"))
    dropped.give_up()
    assert dropped.given_up and len(done.line) == 3
    clock.pass_time(LEFT_AFTER_S + 1)
    stays.wait(0)
    assert done.release(stays) == ["stays0"] and left.given_up


def test_an_end_that_is_no_error_leaves_the_line_to_the_next() -> None:
    done = Done()

    def stop(report: Report) -> None:
        raise StopException

    works = [SlowWork("stopped", stop, line=done.line), done.join("next")]
    assert done.release(*works) == ["next0"] and works[0].given_up
