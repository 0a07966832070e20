"""The line: so many stream, the next ones wait in the order in which they came."""

from __future__ import annotations

from rfsq.app.live_camera.line import Line


def test_places_go_to_who_came_first_and_all_behind_hear_of_it() -> None:
    line, heard = Line(2, 2), []
    tickets = [line.enter(lambda name=name: heard.append(name)) for name in "abcd"]  # type: ignore[misc]
    assert [ticket.ahead for ticket in tickets if ticket] == [0, 0, 1, 2] and line.streams == 2
    assert line.enter(lambda: None) is None  # nobody more can wait
    first, _, third, fourth = tickets
    assert first and third and fourth
    first.leave()
    assert heard == ["b", "c", "d"] and (third.ahead, fourth.ahead) == (0, 1)
    fourth.leave()
    assert heard == ["b", "c", "d"] and line.streams == 2
    late = line.enter(lambda: None)
    assert late is not None and late.ahead == 1
