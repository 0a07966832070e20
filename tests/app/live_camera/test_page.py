"""The page "Live camera" without a browser: what it tells the browser, and what becomes of a frame that comes back."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from app_pages import go_to, open_at, parts, texts
from paths import CHECKPOINTS

from rfsq.app.live_camera import part
from rfsq.app.live_camera.session import LIVE, LiveSession, take_frame, take_report
from rfsq.app.live_camera.settings import LiveSettings
from rfsq.app.shared.browser.envelope import VERSION, unpack
from rfsq.app.shared.photo_strip import chosen_photo
from rfsq.photos.write import encode_png

PATH = "live-camera"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the browser was told at each run."""
    headers: list[dict[str, Any]] = []
    mount = part._mount

    def tell(*, data: bytes, **options: Any) -> object:
        kind, header, photo = unpack(data)
        assert kind == "LIVE" and photo[:2] == b"\xff\xd8"
        headers.append(header)
        return mount(data=data, **options)

    monkeypatch.setattr(part, "_mount", tell)
    return headers


@pytest.fixture(autouse=True)
def shipped_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are there, and none is loaded: no frame comes."""
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))
    monkeypatch.setattr("rfsq.app.live_camera.ready.ReadyModels.prepare", lambda self, names: None)


@pytest.mark.slow
def test_the_first_view_offers_both_modes_and_every_conditioning(told: list[dict[str, Any]]) -> None:
    page = open_at(PATH)
    assert "rfsq_live_camera" in parts(page) and not page.error and not page.info
    [header] = told
    assert list(header["modes"]) == ["network", "trained"] and header["chosen"]["conditioning"] == "layernorm"
    names = [model["name"] for model in header["modes"]["network"]["models"]]
    assert {"continuous-5.fsq-2-s4-none", "continuous-5.fsq-2-s4-gain"} <= set(names)
    assert all(model["light"] != model["dark"] for mode in header["modes"].values() for model in mode["models"])
    assert "Nothing is stored" in texts(page)


@pytest.mark.slow
def test_levels_and_stages_are_told_and_follow_to_other_pages(told: list[dict[str, Any]]) -> None:
    page = open_at(PATH)
    page.select_slider[0].set_value(3).run()
    page.slider[0].set_value(6).run()
    assert not page.exception
    before, *_, last = told
    assert last["command"] > before["command"] and last["chosen"]["stages"] == 6
    assert last["modes"]["network"]["stages"] == 6
    assert last["modes"]["network"]["models"][0]["name"] == "continuous-5.fsq-3-s6-none"
    other = go_to(page, "how-it-works")
    assert (other.session_state["how-levels"], other.session_state["how-stages"]) == (3, 6)


@pytest.mark.slow
def test_without_models_the_page_says_so_and_without_the_network_one_mode_stays(
    tmp_path: Path, told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = open_at(PATH)
    assert "needs a trained model" in page.info[0].value and "rfsq_live_camera" not in parts(page)
    for file in CHECKPOINTS.glob("rfsq-4x1024-*"):
        (tmp_path / file.name).symlink_to(file)
    page = open_at(PATH)
    assert list(told[0]["modes"]) == ["trained"] and not page.select_slider


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Callable[..., LiveSession]:
    """A session whose browser says this; returns what the page remembers."""

    def say(field: str, **values: Any) -> LiveSession:
        first = LiveSettings()
        state = {LIVE: {field: {"version": VERSION, **values}}, "live-camera": LiveSession(first, first, first, (), 7)}
        monkeypatch.setattr(st, "session_state", state)
        return state["live-camera"]  # type: ignore[return-value]

    return say


def test_a_report_counts_unless_python_has_asked_for_something_since(say: Callable[..., LiveSession]) -> None:
    memory = say("report", command=6, conditioning="scale")
    take_report()
    assert memory.settings == LiveSettings()
    memory = say("report", command=7, conditioning="scale", mirror=True)
    take_report()
    assert memory.settings == LiveSettings(conditioning="scale")
    assert memory.command == 7  # the browser is not told what it has said


def test_a_held_frame_becomes_the_photo_of_all_pages(say: Callable[..., LiveSession]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    chosen = {"command": 7, "conditioning": "scale", "mirror": True}
    memory = say("taken", picture=base64.b64encode(encode_png(pixels)).decode(), **chosen)
    take_frame()
    assert memory.settings == LiveSettings(conditioning="scale")  # with what it was held with
    assert memory.leaving and not memory.problem
    assert (chosen_photo().pixels == pixels).all() and chosen_photo().title == "Your frame"


@pytest.mark.parametrize("picture", ["", "no base64!", base64.b64encode(b"no picture").decode()])
def test_a_frame_that_is_no_picture_changes_nothing(say: Callable[..., LiveSession], picture: str) -> None:
    memory = say("taken", picture=picture)
    take_frame()
    assert not memory.leaving and memory.problem.startswith("The frame could not be taken.")
    memory = say("taken", picture=5)
    take_frame()
    assert not memory.leaving and not memory.problem


@pytest.mark.slow
def test_a_talk_has_the_pictures_and_what_changes_them_alone(told: list[dict[str, Any]]) -> None:
    page = open_at(PATH, talk="1", pair="1")
    assert told[0]["large"] and told[0]["chosen"]["pair"] and "rfsq_live_camera" in parts(page)
    assert not page.select_slider and "Nothing is stored" not in texts(page)
    page.query_params.clear()  # the address is rewritten
    page.run()
    assert told[-1]["large"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["network", "trained"])
def test_compare_opens_with_what_the_frame_was_held_with(mode: str) -> None:
    page = open_at(PATH, mode=mode, conditioning="scale", stages="2", levels="3", depth="3", size="128")
    page.session_state["live-camera"].leaving = True
    page.run()
    assert not page.exception and "rfsq_viewer" in parts(page)
    state = page.session_state
    if mode == "network":
        chosen = (state["mode"], state["network"], state["levels"], state["depth"], state["strategy-network"])
        assert chosen == ("network", "continuous-5", 3, 3, "scale")
    else:
        assert (state["mode"], state["models"]) == ("own", ["rfsq-4x1024-none", "rfsq-4x1024-scale"])
