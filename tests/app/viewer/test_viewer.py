"""The viewer's memory of what the person and Python asked for, and the viewer in a page."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rfsq.app import viewer as page
from rfsq.app.viewer import ViewerState


def report(stage: object, command: object, view: object = "grid", focus: object = "all") -> dict[str, Any]:
    return {"stage": stage, "view": view, "focus": focus, "command": command}


def test_the_hand_at_the_viewer_wins_until_python_asks_for_something_new() -> None:
    first = page._updated(None, None, 3, "grid")
    assert first.known == ViewerState(3, "grid", "all")
    told = report(1, first.command, "flip", "none")
    moved = page._updated(first, told, 3, "grid")  # the page still passes its old argument
    assert moved.known == ViewerState(1, "flip", "none") and moved.command == first.command
    echoed = page._updated(moved, told, 1, "flip")  # and then what it was told
    assert echoed.known.stage == 1 and echoed.command == first.command
    asked = page._updated(echoed, told, 4, "flip")  # a control of the page
    assert asked.known == ViewerState(4, "flip", "none") and asked.command > first.command
    assert asked.commanded == asked.known
    late = page._updated(asked, told, 4, "flip")  # the browser has not seen the command yet
    assert late.known.stage == 4
    answered = page._updated(late, report(2, asked.command), 4, "flip")
    assert answered.known.stage == 2 and answered.command == asked.command
    dropped = page._updated(answered, None, 4, "flip")  # Streamlit forgot the widget: another page was open
    assert dropped.known.stage == 2


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        report("2", 10**15),
        report(True, 10**15),
        report(0, 10**15),
        report(-1, 10**15),
        report(2.0, 10**15),
        report(2, "9"),
        report(2, 10**15, view="cube"),
        report(2, 10**15, focus=None),
        report(2, 10**15, view=["grid"]),
    ],
)
def test_a_malformed_report_changes_nothing(said: Any) -> None:
    first = page._updated(None, None, 3, "grid")
    assert page._updated(first, said, 3, "grid").known == first.known


def app() -> None:
    import numpy as np
    import streamlit as st

    from rfsq.app.viewer import Frame, Method, show_viewer, viewer_state

    grey = np.full((8, 8, 3), 128, np.uint8)
    method = Method("none", "None", "#000000", "#FFFFFF", "■", grey, (Frame(grey, "", ""), Frame(grey, "", "")))
    stage = st.slider("k", 1, 4, 2)
    before = viewer_state()
    state = show_viewer(grey, [method], stage=stage, image_key="a")
    st.text(f"{before} then {state}")


def test_it_runs_in_a_page_and_clamps_the_stage() -> None:
    test = AppTest.from_function(app, default_timeout=120).run()
    assert not test.exception
    assert test.text[0].value == f"None then {ViewerState(2, 'grid', 'all')}"
    test.slider[0].set_value(1).run()
    assert test.text[0].value.endswith(str(ViewerState(1, "grid", "all")))
    test.slider[0].set_value(4).run()
    assert not test.exception
    assert test.text[0].value.endswith(str(ViewerState(2, "grid", "all")))
