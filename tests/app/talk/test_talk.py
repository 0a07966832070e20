"""The talk view of pages, and the talk that ships."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from app_pages import open_at
from paths import CHECKPOINTS

from rfsq.app.compare.link import read_link
from rfsq.app.lab.lesson import LESSON
from rfsq.app.lab.settings import read_lab_link
from rfsq.app.live_camera.offered import MODES
from rfsq.app.live_camera.settings import read_live_link
from rfsq.app.pages import PAGES
from rfsq.app.rate_distortion.offered import offered_models
from rfsq.app.rate_distortion.settings import read_rd_link
from rfsq.app.shared.photo_strip import example_names
from rfsq.app.talk.page import LIVE, SHIPPED, scene_pages
from rfsq.model.checkpoint import available_models

SCENES = json.loads(SHIPPED.read_text(encoding="utf-8"))["scenes"]


def notes_of(page: str, query: str) -> tuple[str, ...]:
    """What the page of a scene would say about its link."""
    values, photos = dict(parse_qsl(query)), example_names()
    if page == "lab":
        return read_lab_link(values, photos=photos, steps=LESSON.opened_by, latent_channels=5)[1]
    if page == "rate-distortion":
        return read_rd_link(values, photos=photos, available=offered_models()).notes
    if page == "live-camera":
        return read_live_link(values, photos=photos, modes=tuple(MODES))[2]
    assert page == "", page
    return read_link(values, photos=photos, available=available_models(), devices=("cpu",)).notes


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene["title"])
def test_scenes_that_ship_ask_for_what_is_here(scene: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))
    assert scene["page"] in scene_pages()
    assert notes_of(scene["page"], scene["query"]) == ()


def test_every_page_but_talk_itself_can_be_a_scene() -> None:
    assert set(scene_pages()) == {page.path for page in PAGES} - {"talk"}
    assert set(LIVE) < set(scene_pages()), "drawn while shown only"


@pytest.mark.slow
def test_the_talk_view_has_no_chrome_and_stays_in_the_link(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    plain, talk = open_at("doctor"), open_at("doctor", talk="1")
    assert any("Photos stay" in caption.value for caption in plain.caption)
    assert not any("Photos stay" in caption.value for caption in talk.caption)
    assert plain.get("page_link") and not talk.get("page_link")
    assert talk.title[0].value == plain.title[0].value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "offered"), [("", True), ("talk=1", False), ("talk=1&bring=1", True), ("talk=0", True)]
)
def test_a_photo_is_asked_for_in_a_talk_only_where_the_link_says_so(
    query: str, offered: bool, tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    page = open_at("train", **dict(parse_qsl(query)))
    assert bool(page.get("file_uploader")) == offered
