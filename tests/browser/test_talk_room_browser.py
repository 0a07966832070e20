"""Whether a room can read what a talk shows, in a real browser: sizes of text, lines and dots."""

from __future__ import annotations

import re

import pytest
from pages import screenshot, settled, sideways
from playwright.sync_api import expect
from talk_room import (
    CHROME,
    PATIENCE_MS,
    ROOM,
    TEXTS,
    WRITTEN,
    OpenPage,
    cut_texts,
    drawn,
    ready,
    scrolls,
    small_texts,
    titles,
)

TALK_VIEWS = {
    "compare": "?talk=1&size=128",
    "how": "how-it-works?talk=1",
    "results": "results?talk=1",
    "life": "lab?talk=1&part=life&methods=fsq,lfq",
    "desk": "lab?talk=1&part=desk",
    "train": "train?talk=1",
    "doctor": "doctor?talk=1",
}


@pytest.mark.parametrize("name", TALK_VIEWS)
def test_a_room_can_read_every_page(open_page: OpenPage, shipped_url: str, name: str) -> None:
    page = open_page(f"{shipped_url}/{TALK_VIEWS[name]}", viewport=ROOM, init_script=WRITTEN)
    ready(page)
    if name == "life":
        page.wait_for_selector(".film figure canvas")
        page.wait_for_timeout(500)
    elif name != "how":
        drawn(page)
    assert small_texts(page) == []
    if name == "life":
        words = [words for _, words, _ in page.evaluate(TEXTS)]
        assert "100\u202f%" in words, "what is written on a canvas is seen here, too"
        assert cut_texts(page) == [] and not scrolls(page)
    assert titles(page) == pytest.approx([40] * len(titles(page)))
    assert [node for node in page.locator(CHROME).all() if node.is_visible()] == []
    assert not sideways(page)
    page.screenshot(path=screenshot(f"talk-{name}"))


@pytest.mark.timeout(900)  # nine scenes are computed, on a machine that may be busy
def test_the_scenes_of_the_talk_that_ships_fit_the_room(open_page: OpenPage, shipped_url: str) -> None:
    page = open_page(f"{shipped_url}/talk?scene=1", viewport=ROOM, init_script=WRITTEN)
    ready(page)
    cards = page.locator(".talk .card")
    expect(cards).to_have_count(9)
    found = {}
    for number in range(1, 10):
        page.keyboard.press(str(number))
        frame = cards.nth(number - 1).locator("iframe").element_handle().content_frame()
        assert frame is not None
        if cards.nth(number - 1).get_attribute("data-readiness") == "live":
            frame.wait_for_selector(".live .beside canvas")
        else:
            expect(cards.nth(number - 1)).to_have_attribute("data-readiness", "ready", timeout=2 * PATIENCE_MS)
            frame.wait_for_selector(".js-plotly-plot .main-svg text", state="attached")
        page.wait_for_timeout(500)
        page.screenshot(path=screenshot(f"talk-scene-{number}"))
        charts = [chart for chart in frame.locator(".js-plotly-plot").all() if chart.is_visible()]
        pictures = [one for one in frame.locator(".viewer, .plane, div.live").all() if one.is_visible()]
        sizes = titles(frame)
        found[number] = {
            "small": small_texts(frame),
            "cut": cut_texts(frame),
            "scrolls": scrolls(frame),
            "titles": [size for size in sizes if size != pytest.approx(40)],
            "charts": len(charts) > 1 or len(sizes) != 1 + len(charts),
            "pictures": len(pictures) != 1,
        }
    assert {number: {what: bad for what, bad in one.items() if bad} for number, one in found.items()} == {
        number: {} for number in found
    }


def test_lines_and_dots_hold_in_the_room(open_page: OpenPage, shipped_url: str) -> None:
    page = open_page(f"{shipped_url}/?talk=1&size=128", viewport=ROOM)
    ready(page)
    drawn(page)
    widths = page.locator(".st-key-residual .js-line").evaluate_all(
        "all => all.map((line) => parseFloat(line.style.strokeWidth) * line.closest('.js-plotly-plot').currentCSSZoom)"
    )
    assert sorted(widths)[-2] >= 3.9, "the two methods that are compared"
    dots = page.locator(".st-key-residual .points path").evaluate_all(
        "all => all.map((dot) => dot.getBoundingClientRect().width).filter((width) => width > 1)"
    )
    assert dots and min(dots) >= 12


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (390, 844)])
def test_the_sizes_follow_the_window(open_page: OpenPage, app_url: str, width: int, height: int) -> None:
    page = open_page(f"{app_url}/?talk=1&view=divider", viewport={"width": width, "height": height})
    ready(page)
    assert small_texts(page, 24 * height / 1080) == []
    assert not sideways(page)
    is_phone = page.locator(".viewer").evaluate("viewer => viewer.hasAttribute('data-narrow')")
    assert is_phone == (width < 600), "a projector of 4:3 is no phone, though its viewer is as narrow"
    page.screenshot(path=screenshot(f"talk-{width}"))


def test_the_talk_view_stays_in_the_link_and_its_keys_need_no_click(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/?talk=1&preset=conditioning&size=128", viewport=ROOM)
    ready(page)
    page.wait_for_url(re.compile("talk=1.*|.*&talk=1"))
    text = page.locator(".viewer .stage-text")
    before = text.inner_text()
    page.keyboard.press("ArrowLeft")
    expect(text).not_to_have_text(before)
    settled(page)
    page.keyboard.press("d")
    expect(page.locator(".viewer")).to_have_attribute("data-view", "divider")
    settled(page)
    page.reload()
    ready(page)
    expect(page.locator(".viewer")).to_have_attribute("data-view", "divider")
    assert small_texts(page) == [] and "talk=1" in page.url
    page.keyboard.press("2")  # a scene of the talk that ships, where the viewer outside of talks takes a method
    page.wait_for_url(re.compile(r"/talk\?scene=2"))
