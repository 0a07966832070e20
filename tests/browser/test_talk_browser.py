"""Talks in a real browser: every page large enough for a room, scenes led by keys, kept, shared, and shown without a server."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import axe_violations, changed, click, eventually, screenshot, settled, sideways, small_targets
from paths import CHECKPOINTS
from playwright.sync_api import Frame, Page, expect
from server import free_port, serving
from tiny_models import save_tiny_models

from rfsq.model.zoo import ZOO

OpenPage = Callable[..., Page]
ROOM = {"width": 1920, "height": 1080}
PATIENCE_MS = 180_000
TALK_VIEWS = {
    "compare": "?talk=1&size=128",
    "how": "how-it-works?talk=1",
    "results": "results?talk=1",
    "life": "lab?talk=1&part=life&methods=fsq,lfq",
    "desk": "lab?talk=1&part=desk",
    "train": "train?talk=1",
    "doctor": "doctor?talk=1",
}
# Canvases know what was written on them last, and how large: in pixels of their own.
WRITTEN = """{
    const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        const { c, d } = this.getTransform();
        this.canvas.written ??= new Map();
        this.canvas.written.set(String(text), parseFloat(/([\\d.]+)px/.exec(this.font)[1]) * Math.hypot(c, d));
        return write.call(this, text, ...place);
    };
}"""
# Every text that can be seen, with its size on the screen in px, and whether a part of it cannot: in components, too, on
# canvases, and magnified as the page is.
TEXTS = """() => {
    const found = [];
    const boxOf = (node) => {
        const { left, right, top, bottom } = node.getBoundingClientRect();
        return { left, right, top, bottom };
    };
    const exceeds = (inner, outer) =>
        inner.left < outer.left - 2 || inner.right > outer.right + 2 || inner.top < outer.top - 2 || inner.bottom > outer.bottom + 2;
    const holderOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
    const isCut = (box, node) => {
        if (exceeds(box, { left: 0, right: innerWidth, top: 0, bottom: innerHeight })) return true;
        for (let at = node; at && at !== document.body; at = holderOf(at)) {
            const { overflowX, overflowY } = getComputedStyle(at);
            if ((overflowX !== "visible" || overflowY !== "visible") && exceeds(box, boxOf(at))) return true;
        }
        return false;
    };
    const look = (root) => {
        for (const node of root.querySelectorAll("*")) {
            if (node.shadowRoot) look(node.shadowRoot);
            if (node.written && node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) {
                const shown = node.getBoundingClientRect().height / node.height;
                for (const [text, size] of node.written) found.push([size * shown, text, isCut(boxOf(node), node)]);
            }
            const own = [...node.childNodes].filter((child) => child.nodeType === 3 && child.data.trim());
            if (!own.length || ["STYLE", "SCRIPT", "OPTION", "TITLE"].includes(node.tagName)) continue;
            if (!node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getBoundingClientRect();
            if (box.width < 2 || box.height < 2) continue;
            let clipped = false;
            for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
                if (getComputedStyle(at).clipPath === "inset(50%)") clipped = true;
            }
            if (clipped) continue;
            let holder = node;
            while (holder && holder.currentCSSZoom === undefined) holder = holder.parentElement;
            const size = parseFloat(getComputedStyle(node).fontSize) * (holder?.currentCSSZoom ?? 1);
            found.push([size, own[0].data.trim().slice(0, 40), isCut(boxOf(range), node)]);
        }
    };
    look(document.querySelector("[data-testid=stMain]"));
    return found;
}"""
CHROME = "[data-testid=stHeader], [data-testid=stToolbar], [data-testid=stSidebar], .st-key-footer, .st-key-narrow-menu"


def ready(page: Page) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.wait_for_selector("h1")
    settled(page)


def drawn(page: Page) -> None:
    """Wait until a chart has its words: plotly comes after the page."""
    page.wait_for_selector(".js-plotly-plot .main-svg text", state="attached")
    page.wait_for_timeout(300)


def small_texts(page: Page | Frame, least: float = 24) -> list[tuple[float, str]]:
    """What a room cannot read, once the parts in the browser have come and know the window's size."""

    def texts(page: Page | Frame) -> list[tuple[float, str, bool]]:
        return list(page.evaluate(TEXTS))

    def small(page: Page | Frame) -> list[tuple[float, str]]:
        return [(round(size, 1), words) for size, words, _ in texts(page) if size < least - 0.1]

    assert len(eventually(page, texts, lambda texts: len(texts) > 3)) > 3, "the page shows something"
    return list(eventually(page, small, lambda small: not small))


def cut_texts(page: Page | Frame) -> list[str]:
    return [words for _, words, cut in page.evaluate(TEXTS) if cut]


def scrolls(page: Page | Frame) -> bool:
    """Whether something of the page lies outside of its window."""
    return bool(
        page.evaluate(
            "() => { const main = document.querySelector('[data-testid=stMain]');"
            " return main.scrollWidth > innerWidth || main.scrollHeight > innerHeight; }"
        )
    )


def titles(page: Page | Frame) -> list[float]:
    """The size of each title that can be seen: the page's, and its chart's."""
    sizes: list[float] = page.locator("h1, .rfsq-chart-title").evaluate_all(
        "all => all.filter((node) => node.checkVisibility()).map((node) => parseFloat(getComputedStyle(node).fontSize))"
    )
    return sizes


def stage(page: Page) -> None:
    """All scenes are drawn."""
    expect(page.locator(".talk .status")).to_have_text(re.compile("^Ready, offline"), timeout=PATIENCE_MS)


def shows(page: Page, number: int) -> bool:
    """Whether this scene comes to be seen, and no other; what was pressed has a moment to change it."""
    page.wait_for_timeout(100)

    def seen(page: Page) -> list[int]:
        return list(
            page.locator(".talk .card iframe").evaluate_all(
                "all => all.flatMap((frame, i) => getComputedStyle(frame).visibility === 'visible' ? [i + 1] : [])"
            )
        )

    return bool(eventually(page, seen, lambda seen: seen == [number]) == [number])


def two_scenes(**changed: object) -> bytes:
    record = {
        "format": "rfsq-talk",
        "version": 1,
        "title": "Two",
        "minutes": 3,
        "scenes": [
            {"title": "Codes", "page": "doctor", "query": "v=1&example=sound"},
            {"title": "Stages", "page": "", "query": "v=1&photo=cat&size=128&preset=conditioning&view=divider"},
        ],
    }
    return json.dumps(record | changed).encode()


def open_file(page: Page, content: bytes) -> None:
    page.locator(".talk input[type=file]").set_input_files(
        {"name": "mine.json", "mimeType": "application/json", "buffer": content}
    )


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
    open_file(page, two_scenes())
    page.get_by_role("button", name="Start").click()
    page.keyboard.press("2")
    assert shows(page, 2)
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
