"""The viewer in a real browser: pictures change without the server, which hears of it when the hand rests."""

import base64
import io
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import PATIENCE_MS, settled
from PIL import Image
from playwright.sync_api import Page, expect
from viewer_harness import NOTICE, SIDE, build, photo

HARNESS = Path(__file__).with_name("viewer_app.py")
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def harness_url(start_app: Callable[..., str]) -> str:
    return start_app(HARNESS)


@pytest.fixture(scope="module")
def shared_page(open_module_page: OpenPage, harness_url: str) -> Page:
    return ready(open_module_page(harness_url, viewport={"width": 2560, "height": 1300}))  # room for sharp pixels


@pytest.fixture
def viewer(shared_page: Page) -> Page:
    """The harness with every control and the viewer as at the start, without loading the page again."""
    page = shared_page
    fresh = told(page)["fresh"] + 1
    page.get_by_role("button", name="Start over").click()
    wait_told(page, fresh=fresh)
    page.locator(f".viewer[data-key=viewer-{fresh}] figure canvas").first.wait_for()
    expect(page.locator(".viewer")).to_have_count(1)  # the one before may stay for a moment
    page.mouse.move(5, 5)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    return page


def ready(page: Page) -> Page:
    page.locator(".viewer figure canvas").first.wait_for()
    told(page)
    return page


def told(page: Page) -> dict[str, Any]:
    """What Python last returned, printed by the harness."""
    text = page.get_by_text(re.compile(r"^state \{")).first
    text.wait_for()
    state: dict[str, Any] = json.loads(text.inner_text().removeprefix("state "))
    return state


def wait_told(page: Page, **wanted: object) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        state = told(page)
        if all(state[name] == value for name, value in wanted.items()):
            return state
        page.wait_for_timeout(50)
    raise AssertionError(f"Python should know {wanted}, it knows {told(page)}")


def next_frames(page: Page) -> None:
    """Wait until what has happened so far is on the screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def pixels(page: Page, figure: str) -> np.ndarray:
    """The canvas of a figure as drawn now, (H, W, 3) uint8."""
    next_frames(page)
    canvas = page.locator(f".viewer figure[data-figure='{figure}'] canvas")
    file = canvas.evaluate("canvas => canvas.toDataURL('image/png').split(',')[1]")
    return np.array(Image.open(io.BytesIO(base64.b64decode(file))).convert("RGB"))


def frame_at(name: str, stage: int, kind: str = "first") -> np.ndarray:
    return next(m for m in build(photo(kind), False) if m.name == name).at(stage).pixels


def enlarged(picture: np.ndarray, factor: int) -> np.ndarray:
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def zoom_text(page: Page) -> str:
    next_frames(page)
    return page.locator(".viewer .zoom-text").inner_text()


def test_the_first_view_shows_every_picture_exactly_and_enlarged(viewer: Page) -> None:
    assert viewer.locator(".viewer figure").count() == 5
    factor = int(re.match(r"×(\d+) · 128", zoom_text(viewer)).group(1))  # type: ignore[union-attr]
    assert factor >= 2
    viewer.get_by_title("Sharp pixels or smooth").click() if factor < 3 else None
    for name in ("none", "layernorm", "fsq"):
        np.testing.assert_array_equal(pixels(viewer, name), enlarged(frame_at(name, 3), factor))
    np.testing.assert_array_equal(pixels(viewer, "original"), enlarged(photo("first"), factor))
    expect(viewer.locator(".viewer .notice")).to_have_text(NOTICE)
    assert viewer.locator(".viewer b").count() == 0, "a label became markup"


def test_dragging_the_stage_changes_pictures_at_once_and_reaches_python_at_rest(viewer: Page) -> None:
    slider = viewer.locator(".viewer .stage-slider")
    box = slider.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    viewer.mouse.move(box["x"] + box["width"] * 0.667, y)
    viewer.mouse.down()
    viewer.mouse.move(box["x"] + 14, y, steps=8)
    expect(viewer.locator(".viewer .stage-text")).to_have_text("Stages: 1 of 4")
    drawn = pixels(viewer, "none")
    factor = drawn.shape[0] // SIDE
    np.testing.assert_array_equal(drawn, enlarged(frame_at("none", 1), factor))
    np.testing.assert_array_equal(pixels(viewer, "fsq"), enlarged(frame_at("fsq", 1), factor))
    viewer.mouse.move(box["x"] + box["width"] - 14, y, steps=8)
    viewer.mouse.up()
    wait_told(viewer, stage=4)
    settled(viewer)
    next_frames(viewer)
    expect(viewer.locator(".viewer .stage-text")).to_have_text("Stages: 4 of 4")


def test_a_burst_of_steps_reaches_python_once_and_its_drawing_is_timed(viewer: Page) -> None:
    before = told(viewer)
    viewer.locator(".viewer .stage-slider").evaluate(
        """slider => {
            for (const k of [2, 1, 2, 4, 3, 1]) {
                slider.value = String(k);
                slider.dispatchEvent(new Event("input", { bubbles: true }));
            }
        }"""
    )
    after = wait_told(viewer, stage=1)
    assert after["runs"] == before["runs"] + 1
    np.testing.assert_array_equal(pixels(viewer, "none")[0, 0], frame_at("none", 1)[0, 0])
    timings = viewer.evaluate("window.__rfsqViewerTimings")
    assert timings["drawn"] and timings["presented"] and timings["decode"] and timings["payloadBytes"] > 0


def test_python_can_set_the_stage_and_an_echo_does_not_undo_the_hand(viewer: Page) -> None:
    viewer.locator(".viewer").focus()
    viewer.keyboard.press("ArrowLeft")
    runs = wait_told(viewer, stage=2)["runs"]
    viewer.get_by_label("Anything").fill("a rerun with the old argument")
    viewer.keyboard.press("Enter")
    wait_told(viewer, runs=runs + 1)
    settled(viewer)
    next_frames(viewer)
    expect(viewer.locator(".viewer .stage-text")).to_have_text("Stages: 2 of 4")
    viewer.get_by_test_id("stRadio").filter(has_text="Stage from the page").get_by_text("4", exact=True).click()
    expect(viewer.locator(".viewer .stage-text")).to_have_text("Stages: 4 of 4")
    wait_told(viewer, stage=4)
    viewer.locator(".viewer").focus()
    viewer.keyboard.press("ArrowLeft")
    wait_told(viewer, stage=3)
    expect(viewer.locator(".viewer .stage-text")).to_have_text("Stages: 3 of 4")


def test_the_divider_shows_two_named_pictures_and_moves_by_its_handle(viewer: Page) -> None:
    viewer.locator(".viewer").focus()
    viewer.keyboard.press("d")
    viewer.locator(".viewer select[data-side=right]").select_option("none")
    drawn = pixels(viewer, "divider")
    factor = drawn.shape[0] // SIDE
    left, right = enlarged(photo("first"), factor), enlarged(frame_at("none", 3), factor)
    middle = drawn.shape[1] // 2
    np.testing.assert_array_equal(drawn[:, : middle - 1], left[:, : middle - 1])
    np.testing.assert_array_equal(drawn[:, middle + 1 :], right[:, middle + 1 :])
    assert viewer.locator(".viewer .side-name").all_inner_texts() == ["Original", "RFSQ none"]
    box = viewer.locator(".viewer figure canvas").bounding_box()
    assert box
    centre = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    viewer.mouse.click(centre[0] + 100, centre[1] - 100)  # the picture is not the handle
    np.testing.assert_array_equal(pixels(viewer, "divider")[: middle - 140, :middle], left[: middle - 140, :middle])
    viewer.mouse.move(*centre)
    viewer.mouse.down()
    viewer.mouse.move(box["x"] + box["width"] * 0.25, centre[1], steps=5)
    viewer.mouse.up()
    viewer.mouse.move(5, 5)
    quarter = drawn.shape[1] // 4
    moved = pixels(viewer, "divider")
    np.testing.assert_array_equal(moved[:, : quarter - 4], left[:, : quarter - 4])
    np.testing.assert_array_equal(moved[:, quarter + 4 :], right[:, quarter + 4 :])
    wait_told(viewer, view="divider")


def test_keys_flip_in_one_place_and_holding_o_shows_the_original(viewer: Page) -> None:
    viewer.locator(".viewer").focus()
    viewer.keyboard.press("1")
    place = viewer.locator(".viewer figure canvas").bounding_box()
    first = pixels(viewer, viewer.locator(".viewer figure").get_attribute("data-figure") or "")
    factor = first.shape[0] // SIDE
    np.testing.assert_array_equal(first, enlarged(frame_at("none", 3), factor))
    viewer.keyboard.press("3")
    figure = viewer.locator(".viewer figure").get_attribute("data-figure") or ""
    np.testing.assert_array_equal(pixels(viewer, figure), enlarged(frame_at("layernorm", 3), factor))
    assert viewer.locator(".viewer figure canvas").bounding_box() == place
    wait_told(viewer, view="flip", focus="layernorm")
    viewer.keyboard.down("o")
    np.testing.assert_array_equal(pixels(viewer, figure), enlarged(photo("first"), factor))
    viewer.keyboard.up("o")
    np.testing.assert_array_equal(pixels(viewer, figure), enlarged(frame_at("layernorm", 3), factor))
    viewer.keyboard.press("0")
    wait_told(viewer, view="grid", focus="all")
    assert viewer.locator(".viewer figure").count() == 5
    viewer.keyboard.press("?")
    expect(viewer.locator(".viewer .keys")).to_be_visible()
    viewer.keyboard.press("Escape")
    expect(viewer.locator(".viewer .keys")).to_be_hidden()
    viewer.get_by_label("Anything").press_sequentially("1d0e")
    assert viewer.locator(".viewer figure").count() == 5, "the viewer took keys typed elsewhere"


def test_error_maps_share_one_scale_and_a_missing_one_keeps_the_picture(viewer: Page) -> None:
    viewer.locator(".viewer").focus()
    viewer.keyboard.press("e")
    expect(viewer.locator(".viewer .colour-bar")).to_contain_text("The same scale for all pictures")
    brightness = [pixels(viewer, name).astype(float).mean() for name in ("layernorm", "scale", "none", "fsq")]
    assert brightness == sorted(brightness) and brightness[-1] > 2 * brightness[0]
    viewer.get_by_text("Errors computed").click()
    badges = viewer.locator(".viewer .badge")
    expect(badges.nth(1)).to_be_visible()
    expect(badges.nth(1)).to_have_text("computing…")
    assert pixels(viewer, "none").any(), "the picture went blank"
    viewer.get_by_text("Errors computed").click()
    expect(badges.nth(1)).to_be_hidden()


def test_zoom_survives_stage_method_and_view_and_ends_with_the_photo(viewer: Page) -> None:
    start = zoom_text(viewer)
    root = viewer.locator(".viewer")
    root.focus()
    viewer.keyboard.press("+")
    viewer.keyboard.press("+")
    zoomed = zoom_text(viewer)
    assert zoomed != start
    before = pixels(viewer, "original")
    viewer.keyboard.press("ArrowLeft")
    wait_told(viewer, stage=2)
    assert zoom_text(viewer) == zoomed
    np.testing.assert_array_equal(pixels(viewer, "original"), before)
    root.focus()
    viewer.keyboard.press("2")
    assert zoom_text(viewer) == zoomed
    viewer.keyboard.press("0")
    viewer.get_by_text("Unequal rates").click()
    expect(viewer.locator(".viewer .notice")).to_be_hidden()
    assert zoom_text(viewer) == zoomed
    settled(viewer)
    viewer.get_by_text("second", exact=True).click()
    wait_told(viewer, photo="second")
    expect(viewer.locator(".viewer .zoom-text")).to_have_text(start)
    factor = pixels(viewer, "original").shape[0] // SIDE
    np.testing.assert_array_equal(pixels(viewer, "original"), enlarged(photo("second"), factor))


def test_control_wheel_zooms_about_the_cursor_and_a_plain_wheel_scrolls_the_page(viewer: Page) -> None:
    canvas = viewer.locator(".viewer figure canvas").nth(1)
    canvas.scroll_into_view_if_needed()
    start = zoom_text(viewer)
    box = canvas.bounding_box()
    assert box
    viewer.mouse.move(box["x"] + 30, box["y"] + 30)
    readout = viewer.locator(".viewer .readout [data-pixel=original] .value")
    expect(readout).to_contain_text("RGB")
    spot = readout.inner_text()
    viewer.keyboard.down("Control")
    viewer.mouse.wheel(0, -100)
    viewer.keyboard.up("Control")
    expect(viewer.locator(".viewer .zoom-text")).not_to_have_text(start)
    viewer.mouse.move(box["x"] + 30.2, box["y"] + 30.2)
    next_frames(viewer)
    assert readout.inner_text() == spot, "the point under the cursor moved"
    zoomed = zoom_text(viewer)
    scrolled = viewer.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    viewer.mouse.wheel(0, 200)
    viewer.wait_for_function(
        "y => document.querySelector('[data-testid=stMain]').scrollTop > y",
        arg=scrolled + 50,
    )
    assert zoom_text(viewer) == zoomed


def test_the_cross_cursor_reads_all_pictures(viewer: Page) -> None:
    canvas = viewer.locator(".viewer figure[data-figure=none] canvas")
    box = canvas.bounding_box()
    assert box
    factor = box["width"] / SIDE
    viewer.mouse.move(box["x"] + 40.5 * factor, box["y"] + 20.5 * factor)
    original, own = photo("first")[20, 40].astype(int), frame_at("none", 3)[20, 40].astype(int)
    value = viewer.locator(".viewer .readout [data-pixel=original] .value")
    expect(value).to_have_text(f"x 40  y 20  RGB {' '.join(map(str, original))}")
    signs = [f"{d:+d}".replace("-", "\u2212") if d else "0" for d in own - original]
    method = viewer.locator(".viewer .readout [data-pixel=none] .value")
    expect(method).to_have_text(f"{' '.join(map(str, own))}  error {' '.join(signs)}")


def test_saved_pictures_are_exact_and_carry_the_notice(viewer: Page) -> None:
    figure = viewer.locator(".viewer figure[data-figure=layernorm]")
    with viewer.expect_download() as waiting:
        figure.locator("[data-save=plain]").click()
    assert waiting.value.suggested_filename == "rfsq_layernorm_3-of-4-stages_plain.png"
    np.testing.assert_array_equal(np.array(opened(waiting.value.path())), frame_at("layernorm", 3))

    def with_caption() -> np.ndarray:
        with viewer.expect_download() as waiting:
            figure.locator("[data-save=caption]").click()
        return np.array(opened(waiting.value.path()))

    told_unequal = with_caption()
    left = (told_unequal.shape[1] - SIDE) // 2
    np.testing.assert_array_equal(told_unequal[:SIDE, left : left + SIDE], frame_at("layernorm", 3))
    viewer.get_by_text("Unequal rates").click()
    expect(viewer.locator(".viewer .notice")).to_be_hidden()
    equal = with_caption()
    assert told_unequal.shape[0] > equal.shape[0] + 20, "the notice is missing from the band"
    assert (told_unequal[equal.shape[0] - 8 :] < 100).any(), "the band's last lines are empty"


def opened(path: Path) -> Image.Image:
    image = Image.open(io.BytesIO(path.read_bytes()))
    assert image.format == "PNG"
    return image.convert("RGB")


def test_the_filmstrip_sets_the_stage_and_prints_its_gains(viewer: Page) -> None:
    film = viewer.locator(".viewer .film")
    film.scroll_into_view_if_needed()
    expect(film.locator(".film-head")).to_contain_text(re.compile(r"×\d+ in every frame"))
    film.get_by_role("group", name="RFSQ scale").get_by_role("button", name="stage 1").click()
    expect(viewer.locator(".viewer .stage-text")).to_have_text("Stages: 1 of 4")
    assert film.locator(".film-cell[data-current]").count() == 3, "one per method that has stages"
    wait_told(viewer, stage=1)
    gains = set(film.locator(".film-cell .gain").all_inner_texts())
    assert len(gains) == 1
    film.get_by_label("boost each").check()
    expect(film.locator(".film-head")).to_contain_text("Each frame has its own gain")
    last = film.locator(".film-row").first.locator(".film-cell .gain").last  # a late stage adds little
    expect(last).not_to_have_text(gains.pop(), use_inner_text=True)
    assert len(set(film.locator(".film-cell .gain").all_inner_texts())) > 1


def test_a_phone_gets_one_picture_first_and_nothing_sideways(open_page: OpenPage, harness_url: str) -> None:
    page = ready(open_page(harness_url, viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True))
    assert page.locator(".viewer figure").count() == 1
    for view in ("grid", "divider", "flip", "error"):
        page.locator(f".viewer button[data-view={view}]").click()
        next_frames(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        wide = page.locator(".viewer").evaluate(
            "root => [...root.querySelectorAll('*')].filter(e => !e.closest('.film-rows, .picks, .live')"
            " && e.offsetParent && !e.matches('.divide')"
            " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
        )
        assert not wide, f"{view}: {wide}"
        small = page.locator(".viewer").evaluate(
            "root => [...root.querySelectorAll('button, select, summary')].filter(e => e.offsetParent)"
            ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.textContent)"
        )
        assert not small, f"{view}: targets under 44 px: {small}"
    page.locator(".viewer button[data-view=divider]").click()
    drawn = pixels(page, "divider")
    middle = drawn.shape[0] // 2
    factor = drawn.shape[0] // SIDE
    np.testing.assert_array_equal(drawn[: middle - 2], enlarged(photo("first"), factor)[: middle - 2])
    page.locator(".viewer button[data-view=flip]").click()
    wait_told(page, view="flip", focus="none")


@pytest.mark.parametrize(("scheme", "mark"), [("light", "rgb(140, 45, 26)"), ("dark", "rgb(247, 160, 114)")])
def test_the_theme_follows_streamlit(open_page: OpenPage, harness_url: str, scheme: str, mark: str) -> None:
    page = ready(open_page(harness_url, color_scheme=scheme))
    expect(page.locator(".viewer")).to_have_attribute("data-theme", scheme)
    assert page.locator(".viewer figure[data-figure=none] .mark").evaluate("e => getComputedStyle(e).color") == mark
