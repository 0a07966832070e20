"""A guided step leaves no trace: what it took the place of comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rfsq.app.how_it_works import session as module
from rfsq.app.how_it_works.lesson import STEPS
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
