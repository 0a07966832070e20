"""Slow work tells how far it is, and ends soon after it is given up."""

from __future__ import annotations

import threading
import time

import pytest

from rfsq.app.shared import slow_work
from rfsq.app.shared.pace import Pace
from rfsq.app.shared.slow_work import Report, SlowWork


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

    work = SlowWork("key", endless, expected_s=None)
    assert begun.wait(5) and not work.wait(0.05) and work.seconds_left is not None
    work.give_up()
    assert work.wait(1) and work.given_up and work.error is None


def test_work_whose_page_was_left_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_work, "LEFT_AFTER_S", 0.05)

    def endless(report: Report) -> None:
        while True:
            report(0.1)
            time.sleep(0.01)

    work = SlowWork("key", endless, expected_s=None)
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
