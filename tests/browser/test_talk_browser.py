"""Talks in a real browser: every page large enough for a room, scenes led by keys, kept, shared, and shown without a server."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from pages import axe_violations, changed, click, screenshot, sideways, small_targets
from paths import CHECKPOINTS
from playwright.sync_api import expect
from server import free_port, serving
from talk_room import ROOM, OpenPage, open_file, ready, shows, stage, two_scenes
from tiny_models import save_tiny_models

from rfsq.model.zoo import ZOO


def test_scenes_are_prepared_and_led_by_keys_without_a_server(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/talk", viewport=ROOM)
    ready(page)
    open_file(page, two_scenes())
    expect(page.locator(".talk .card")).to_have_count(2)
    assert "list=" in page.url
    page.get_by_role("button", name="Prepare all").click()
    stage(page)
    page.screenshot(path=screenshot("talk-list"))
    page.get_by_role("button", name="Start").click()
    assert shows(page, 1)

    page.context.set_offline(True)
    page.keyboard.press("PageDown")
    assert shows(page, 2) and "scene=2" in page.url
    frame = page.frame_locator(".talk .card[data-current] iframe")
    text = frame.locator(".viewer .stage-text")
    before = text.inner_text()
    page.keyboard.press("ArrowLeft")  # the frame has the keys now: this one is its viewer's
    expect(text).not_to_have_text(before)
    assert shows(page, 2)
    page.keyboard.press("PageDown")
    assert shows(page, 2), "the last one"
    page.keyboard.press("1")
    assert shows(page, 1)
    page.keyboard.press("ArrowRight")  # which this scene has no use for
    assert shows(page, 2)
    page.keyboard.press("b")
    expect(page.locator(".talk .dark")).to_be_visible()
    page.keyboard.press("b")
    expect(page.locator(".talk .dark")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.locator(".talk .clock")).to_have_text(re.compile(r"^0:\d\d of 3:00$"))
    page.screenshot(path=screenshot("talk-scene"))
    page.context.set_offline(False)

    page.reload()
    ready(page)
    expect(page.locator(".talk[data-presenting]")).to_be_visible()
    assert shows(page, 2)
    expect(page.frame_locator(".talk .card[data-current] iframe").locator("h1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".talk .card").first).to_be_visible()
    assert "scene=" not in page.url


def test_a_server_that_is_started_anew_draws_the_scene_as_it_was_left(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFSQ_IDLE_WORK", "0")
    shutil.copy(CHECKPOINTS / "results.json", tmp_path)
    save_tiny_models(tmp_path, ZOO)
    port = free_port()
    with serving(tmp_path, tmp_path / "first.txt", port=port) as url:
        page = open_page(f"{url}/talk", viewport=ROOM)
        ready(page)
        open_file(page, two_scenes())
        page.get_by_role("button", name="Start").click()
        assert shows(page, 1)
        page.keyboard.press("2")
        stage(page)
    away = page.locator(".talk .away")
    expect(away).to_contain_text("The server is away")
    page.screenshot(path=screenshot("talk-away"))
    page.keyboard.press("PageUp")
    assert shows(page, 1)
    page.keyboard.press("PageDown")
    assert shows(page, 2)
    frame = page.frame_locator(".talk .card[data-current] iframe")
    stages, claim = frame.locator(".viewer .stage-text"), frame.locator(".st-key-claimed")
    before = claim.inner_text()
    page.keyboard.press("ArrowLeft")
    expect(stages).to_have_text("Stages: 3 of 4")
    assert claim.inner_text() == before, "which the note says"
    with serving(tmp_path, tmp_path / "second.txt", port=port):
        changed(page, lambda _: claim.inner_text(), before)
        expect(away).to_be_hidden()
        expect(stages).to_have_text("Stages: 3 of 4")
        assert shows(page, 2)


def test_two_windows_go_together(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/talk", viewport=ROOM)
    ready(page)
    page.get_by_role("button", name="Start").click()
    assert shows(page, 1)  # while a browser goes to full screen it may lose a key
    page.keyboard.press("9")
    assert shows(page, 9)
    open_file(page, two_scenes())  # it takes a moment to be read, and the stage may be entered by then
    assert shows(page, 2), "of the scenes that are there now"
    speaker = page.context.new_page()
    speaker.goto(page.url + "&speaker=1")
    ready(speaker)
    expect(speaker.locator(".talk .card[data-current]")).to_contain_text("Stages")
    assert speaker.locator("iframe").count() == 0
    speaker.keyboard.press("PageUp")
    expect(speaker.locator(".talk .next")).to_contain_text("Now: 1. Codes. Next: 2. Stages")
    assert shows(page, 1)
    speaker.keyboard.press("b")
    expect(page.locator(".talk .dark")).to_be_visible()


def test_the_speaker_window_starts_nothing_until_it_is_told_to(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/talk", viewport=ROOM)
    ready(page)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Speaker window").click()
    speaker = opened.value
    ready(speaker)
    expect(speaker.locator(".talk .next")).to_contain_text("Not started")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    assert not page.locator(".talk[data-presenting]").count()
    speaker.keyboard.press("PageDown")
    expect(speaker.locator(".talk .next")).to_contain_text("Now: 1.")
    assert shows(page, 1)


def test_a_finger_leads_through_the_scenes_and_out(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/talk", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    ready(page)
    page.get_by_role("button", name="Start").tap()
    assert shows(page, 1)
    page.get_by_role("button", name="Next scene").tap()
    assert shows(page, 2)
    page.get_by_role("button", name="Scene before").tap()
    assert shows(page, 1)
    page.get_by_role("button", name="Leave the talk").tap()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    expect(page.get_by_role("button", name="Next scene")).to_be_hidden()


def test_views_are_added_changed_and_shared_and_bad_files_change_nothing(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/doctor?example=dead")
    ready(page)
    click(page.get_by_role("button", name="Add to talk"))
    expect(page.get_by_text("Scene 1 of your talk")).to_be_visible()
    click(page.get_by_role("button", name="Add to talk"))
    expect(page.get_by_text("Scene 2 of your talk")).to_be_visible()
    page.goto(f"{app_url}/talk")
    ready(page)
    click(page.get_by_role("button", name="My talk (yours, 2 scenes)"))
    cards = page.locator(".talk .card")
    expect(cards).to_have_count(2)
    page.get_by_label("Title of scene 2").fill("The end")
    page.get_by_label("Title of scene 2").press("Enter")
    page.get_by_role("button", name="Scene 2 one place up").click()
    expect(page.get_by_label("Title of scene 1")).to_have_value("The end")
    assert axe_violations(page) == []

    other = open_page(page.url)
    ready(other)
    expect(other.locator(".talk .card").first).to_contain_text("The end")
    for content, sentence in (
        (b"{", "cannot be read as JSON"),
        (two_scenes(version=9), "version “9”"),
        (two_scenes(scenes=[]), "this one has 0"),
        (b"x" * 70_000, "larger than 64 kB"),
    ):
        open_file(other, content)
        expect(other.locator(".talk .problem")).to_contain_text(sentence)
        expect(other.locator(".talk .card")).to_have_count(2)
    with other.expect_download() as saved:
        other.get_by_role("button", name="Save file").click()
    record = json.loads(saved.value.path().read_text())
    assert record["scenes"][0]["title"] == "The end" and record["format"] == "rfsq-talk"
    assert all(one["page"] == "doctor" and "example=dead" in one["query"] for one in record["scenes"])


def test_on_a_phone_the_list_fits(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/talk", viewport={"width": 390, "height": 844}, has_touch=True)
    ready(page)
    assert not sideways(page) and small_targets(page) == []
    page.screenshot(path=screenshot("talk-phone"))
