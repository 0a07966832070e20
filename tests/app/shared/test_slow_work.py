"""Slow work tells how far it is, and ends soon after it is given up."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from streamlit.runtime.scriptrunner import StopException

from rfsq.app.shared import slow_work
from rfsq.app.shared.pace import Pace
from rfsq.app.shared.slow_work import Line, Report, SlowWork


def test_work_that_is_done_says_so_and_what_it_made_is_there() -> None:
    made = []
    work = SlowWork("key", lambda report: made.append(report(0.5)), expected_s=2.0)
    assert work.wait(5) and len(made) == 1 and work.share == 0.5 and not work.given_up and work.error is None


def test_work_that_is_given_up_ends_at_its_next_report() -> None:
    begun, steps = threading.Event(), []

    def endless(report: Report) -> None:
        while True:
            begun.set()
            steps.append(report(0.1))
            time.sleep(0.01)

    work = SlowWork("key", endless)
    assert begun.wait(5) and not work.wait(0.05) and work.seconds_left is not None
    work.give_up()
    assert work.wait(1) and work.given_up and work.error is None


def test_work_whose_page_was_left_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_work, "LEFT_AFTER_S", 0.05)

    def endless(report: Report) -> None:
        while True:
            report(0.1)
            time.sleep(0.01)

    work = SlowWork("key", endless)
    time.sleep(0.5)
    assert work.wait(0) and work.given_up


def test_what_goes_wrong_is_kept_for_the_page() -> None:
    def wrong(report: Report) -> None:
        raise ValueError("no such thing")

    work = SlowWork("key", wrong, expected_s=1.0)
    assert work.wait(5) and str(work.error) == "no such thing" and not work.given_up


def test_time_left_is_the_estimate_at_first_and_then_the_pace() -> None:
    go = threading.Event()

    def half(report: Report) -> None:
        go.wait(5)
        report(0.5)
        time.sleep(0.2)

    work = SlowWork("key", half, expected_s=100.0)
    left = work.seconds_left
    assert left is not None and 99 < left <= 100
    time.sleep(0.1)
    go.set()
    time.sleep(0.05)
    left = work.seconds_left
    assert left is not None and left < 2
    assert work.wait(5)


def test_a_pace_is_the_median_of_what_was_measured_or_that_of_other_networks() -> None:
    pace = Pace()
    assert pace.seconds("encode", "a", 12) is None
    with pace.measured("encode", "a", 0.1):
        time.sleep(0.02)
    own, other = pace.seconds("encode", "a", 12), pace.seconds("encode", "b", 12)
    assert own is not None and own == other and 2.3 < own < 12
    assert pace.seconds("decode", "a", 12) is None


class Done:
    """Works in a line, by name; the first holds the line until `release`."""

    def __init__(self) -> None:
        self.line, self.order = Line(), list[str]()
        self._release = threading.Event()
        self.first = SlowWork("first", lambda report: self._release.wait(5) and None, line=self.line)

    def join(self, name: str, steps: int = 1) -> SlowWork:
        return SlowWork(name, *[partial(self._do, f"{name}{step}") for step in range(steps)], line=self.line)

    def release(self, *works: SlowWork) -> list[str]:
        self._release.set()
        assert all(work.wait(5) for work in works)
        return self.order

    def _do(self, name: str, report: Report) -> None:
        report(0.0)
        self.order.append(name)


def test_works_in_a_line_are_done_one_by_one_and_a_second_step_waits_behind_the_others_first() -> None:
    done = Done()
    long, short = done.join("long", steps=2), done.join("short")
    assert len(done.line) == 3
    assert sum(thread.name == "slow-work" for thread in threading.enumerate()) == 1, "who waits needs no thread"
    assert done.release(done.first, long, short) == ["long0", "short0", "long1"]
    assert long.steps_done == 2 and not long.given_up


def test_who_is_given_up_leaves_the_line_and_who_left_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    done = Done()
    dropped, left, stays = (done.join(name) for name in ("dropped", "left", "stays"))
    dropped.give_up()
    assert dropped.given_up and len(done.line) == 3
    monkeypatch.setattr(slow_work, "LEFT_AFTER_S", 0.2)
    time.sleep(0.3)
    stays.wait(0)
    assert done.release(stays) == ["stays0"] and left.given_up


def test_an_end_that_is_no_error_leaves_the_line_to_the_next() -> None:
    done = Done()

    def stop(report: Report) -> None:
        raise StopException

    works = [SlowWork("stopped", stop, line=done.line), done.join("next")]
    assert done.release(*works) == ["next0"] and works[0].given_up
