"""A guided step leaves no trace: what it took the place of comes back. It stands, whatever was on its way when it was clicked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from rfsq.app.how_it_works import explorer, session as module
from rfsq.app.how_it_works.lesson import STEPS
from rfsq.app.how_it_works.models import with_stack
from rfsq.app.how_it_works.session import TokenSession
from rfsq.app.how_it_works.settings import TokenSettings

OWN = TokenSettings(model="continuous-5.fsq-3-s2-gain", row=9, column=8, stage=2, channel=2)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> TokenSession:
    found = TokenSession(OWN)
    monkeypatch.setattr(module, "session", lambda: found)
    return found


def click(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "clicked_step", lambda _: name)
    module.take_step()


def test_steps_keep_the_token_and_give_the_view_back(memory: TokenSession, monkeypatch: pytest.MonkeyPatch) -> None:
    click("small", monkeypatch)
    assert memory.settings == STEPS["small"].settings(OWN) and memory.settings.row == 9
    click("conditioned", monkeypatch)
    assert memory.settings.step == "conditioned"
    click("conditioned", monkeypatch)
    assert memory.settings == OWN


def test_another_photo_meanwhile_is_kept_and_begins_at_its_edge(
    memory: TokenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    click("small", monkeypatch)
    memory.change(replace(memory.settings, photo="coffee", row=-1, column=-1, channel=-1))
    click("small", monkeypatch)
    assert memory.settings == replace(OWN, photo="coffee", row=-1, column=-1, channel=-1)


def test_a_model_that_is_chosen_in_a_step_is_the_person_s_own(
    memory: TokenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    click("worse", monkeypatch)
    memory.show("continuous-5.fsq-2-s4-geometric")
    assert memory.settings.step == "" and memory.own is None
    click("zebra", monkeypatch)
    assert memory.settings.model == "continuous-5.fsq-2-s4-geometric"


def test_where_the_browser_stood_before_a_step_does_not_take_its_place(
    memory: TokenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"row": 3, "column": 4, "stage": 1, "channel": 1, "command": memory.command}
    monkeypatch.setattr(explorer, "report", lambda _: said)
    assert explorer.explorer_report(memory.settings, memory.command) is not None
    click("conditioned", monkeypatch)
    assert explorer.explorer_report(memory.settings, memory.command) is None, "though nothing is drawn yet"


def _script() -> None:
    """The page, whose first button is a guided step."""
    import streamlit as st

    from rfsq.app.how_it_works import session as module
    from rfsq.app.how_it_works.page import how_it_works_page

    st.button("step", key="step", on_click=module.take_step)
    how_it_works_page()


def test_what_was_sent_before_a_step_was_read_does_not_undo_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "clicked_step", lambda _: "conditioned")
    page = AppTest.from_function(_script, default_timeout=120)
    page.query_params["model"] = with_stack("", conditioning="none", stages=2)
    page.run()

    def says(known: int, stages: int) -> TokenSettings:
        """The settings after a message of a browser that knows no later number, and shows the conditioning before."""
        page.number_input(key="replaced-how-row").set_value(known)
        page.segmented_control(key="how-conditioning").set_value("none")
        page.slider(key="how-stages").set_value(stages).run()
        assert not page.exception
        found: TokenSettings = page.session_state["how-it-works"].settings
        return found

    known = int(page.number_input(key="replaced-how-row").value or 0)
    page.button(key="step").click().run()
    step = with_stack("", conditioning="scale")
    now = says(known, stages=2)
    assert (now.model, now.step) == (step, "conditioned")
    assert page.segmented_control(key="how-conditioning").value == "scale" and page.slider(key="how-stages").value == 4
    assert says(known, stages=3).model == with_stack(step, stages=3), "a choice in such a message counts"
