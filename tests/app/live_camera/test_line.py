"""The line: so many stream, the next ones wait in the order in which they came."""

from __future__ import annotations

import pytest

from rfsq.app.live_camera.line import TURN_S, Line, turn_s


def test_places_go_to_who_came_first_and_all_behind_hear_of_it() -> None:
    line, heard = Line(2, 2, 60), []
    tickets = [line.enter(lambda name=name: heard.append(name)) for name in "abcd"]  # type: ignore[misc]
    assert [ticket.ahead for ticket in tickets if ticket] == [0, 0, 1, 2] and line.streams == 2
    assert line.enter(lambda: None) is None  # nobody more can wait
    first, _, third, fourth = tickets
    assert first and third and fourth
    first.leave()
    assert heard[-3:] == ["b", "c", "d"] and (third.ahead, fourth.ahead) == (0, 1)
    del heard[:]
    fourth.leave()
    assert not heard and line.streams == 2
    late = line.enter(lambda: None)
    assert late is not None and late.ahead == 1


def test_the_longest_turn_ends_once_it_and_the_first_in_line_have_lasted_as_long() -> None:
    now = 0.0
    line, heard = Line(2, 5, 60, lambda: now), []
    first, now = line.enter(lambda: heard.append("first")), 10.0
    second, now = line.enter(lambda: heard.append("second")), 100.0
    assert first and second and first.over_in is second.over_in is None  # nobody waits
    third = line.enter(lambda: None)
    assert third and heard == ["first"]  # it hears that somebody waits
    assert (first.over_in, second.over_in, third.over_in) == (60, None, None)
    now = 165.0
    assert first.over_in == 0
    first.to_the_end()
    assert (third.ahead, first.ahead) == (0, 1) and set(heard) == {"first", "second"}  # there is another longest turn
    assert (second.over_in, third.over_in) == (60, None)  # the one who waits now came just now
    now = 230.0
    second.to_the_end()
    assert (first.ahead, second.ahead, third.over_in) == (0, 1, 60)
    second.leave()
    assert third.over_in is None and line.streams == 2


def test_a_turn_that_begins_late_lasts_as_long() -> None:
    now = 0.0
    line = Line(1, 5, 60, lambda: now)
    first, second, third = (line.enter(lambda: None) for _ in range(3))
    assert first and second and third
    now = 50.0
    first.leave()
    assert second.over_in == 60  # though it and the next have waited 50 seconds already


def test_the_time_of_a_turn_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RFSQ_CAMERA_TURN_S", raising=False)
    assert turn_s() == TURN_S == 180
    monkeypatch.setenv("RFSQ_CAMERA_TURN_S", "45.5")
    assert turn_s() == 45.5
    for bad in ("0", "-1", "soon", "inf", "nan"):
        monkeypatch.setenv("RFSQ_CAMERA_TURN_S", bad)
        with pytest.raises(ValueError, match=f"RFSQ_CAMERA_TURN_S must be a number of seconds above 0, got '{bad}'"):
            turn_s()
