"""The page "Live camera" in a real browser: with Chromium's own test camera, without one, and when it goes away."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from pages import PATIENCE_MS, axe_violations, eventually, screenshot, settled, sideways, small_targets
from paths import ROOT
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from rfsq.app.live_camera.stream import PLACES
from rfsq.app.shared.browser.envelope import unpack
from rfsq.commands.benchmark.camera import watch

OpenPage = Callable[..., Page]
PATH = (
    "/live-camera?v=1&mode=trained"  # the models of these tests are tiny, and have no network that stacks are fitted to
)
TRACKS = """
    window.tracks = [];
    const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
    if (open) navigator.mediaDevices.getUserMedia = async (wish) => {
        const stream = await open(wish);
        window.tracks.push(...stream.getTracks());
        return stream;
    };
"""

# Whether, in a talk, the numbers of each picture end where its figure ends.
NUMBERS_WITHIN = """(live) => {
    live.toggleAttribute("data-large", true);
    const figures = [...live.querySelectorAll("figure:has(.bars)")];
    const ends = (node) => node.getBoundingClientRect().right;
    return figures.length === 2 && figures.every((figure) =>
        [...figure.querySelectorAll(".value, .score")].every((number) => ends(number) <= ends(figure) + 1));
}"""


def frames(page: Page) -> int:
    return int(page.evaluate("(window.__rfsqLiveTimings ?? []).length"))


def moves(page: Page, more: int = 3) -> None:
    """Wait for so many more frames."""
    page.wait_for_function("least => (window.__rfsqLiveTimings ?? []).length >= least", arg=frames(page) + more)


def status(page: Page) -> Locator:
    return page.locator(".live .status")


def press(page: Page, name: str) -> None:
    page.locator(".live").get_by_role("button", name=name, exact=True).click()


def greenness(page: Page, which: int) -> float:
    """How much greener than red a picture is: the test camera is green, the cat is not."""
    return float(
        page.locator(".live figure canvas")
        .nth(which)
        .evaluate(
            """(canvas) => {
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                let [red, green] = [0, 0];
                for (let at = 0; at < data.length; at += 4) { red += data[at]; green += data[at + 1]; }
                return (green - red) / (data.length / 4);
            }"""
        )
    )


def above(first: Locator, second: Locator) -> bool:
    """Whether the first ends before the second begins."""
    upper, lower = first.bounding_box(), second.bounding_box()
    assert upper is not None and lower is not None
    return upper["y"] + upper["height"] <= lower["y"]


def with_camera(open_camera_page: OpenPage, app_url: str, query: str = "", **options: object) -> Page:
    page = open_camera_page(f"{app_url}{PATH}&source=camera{query}", init_script=TRACKS, **options)
    page.wait_for_function("window.tracks.length > 0 && (window.__rfsqLiveTimings ?? []).length > 2")
    expect(status(page)).to_be_empty()
    return page


def test_something_moves_before_anything_is_pressed_and_no_camera_is_asked_for(
    open_camera_page: OpenPage, app_url: str
) -> None:
    page = open_camera_page(f"{app_url}{PATH}", init_script=TRACKS)
    moves(page)
    expect(status(page)).to_contain_text("Press Camera to use yours")
    expect(page.locator(".live .claim")).to_contain_text("layernorm, trained together, 4 of 4 stages, 40 bits")
    assert page.evaluate("window.tracks.length") == 0
    expect(page.locator(".live .bar")).to_have_count(4)
    expect(page.locator(".live .readouts")).to_contain_text("px")
    assert page.locator(".live figure canvas").first.evaluate("(canvas) => canvas.width") >= 96

    # `rfsq benchmark --camera --minutes` follows a server for as long as a page like this gets pictures.
    followed = watch(page, os.getpid(), 1.0, look_s=0.3)
    assert len(followed.mb) >= 2 and min(followed.mb) > 0
    press(page, "Freeze")
    with pytest.raises(ValueError, match=r"stands still for 0\.5 seconds; its page says"):
        watch(page, os.getpid(), 60.0, look_s=0.3, still_s=0.5)


def test_the_camera_runs_until_it_is_switched_off_or_the_page_is_left(open_camera_page: OpenPage, app_url: str) -> None:
    page = open_camera_page(f"{app_url}{PATH}", init_script=TRACKS)
    moves(page)
    assert greenness(page, 0) < 50
    press(page, "Camera")
    expect(status(page)).to_be_empty()
    moves(page, 5)
    assert greenness(page, 0) > 50
    press(page, "Camera off")
    page.wait_for_function("window.tracks.every((track) => track.readyState === 'ended')")
    expect(status(page)).to_contain_text("This is a moving picture")
    moves(page, 5)
    assert greenness(page, 0) < 50

    press(page, "Camera")
    page.wait_for_function("window.tracks.length === 2")
    expect(status(page)).to_be_empty()
    settled(page)
    assert page.evaluate("window.tracks[1].readyState") == "live"
    page.get_by_test_id("stTopNavLink").filter(has_text="Doctor").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is wrong with my codes?")
    page.wait_for_function("window.tracks[1].readyState === 'ended'")


def test_what_is_pressed_acts_on_the_next_frame_and_is_in_the_link(open_camera_page: OpenPage, app_url: str) -> None:
    page = with_camera(open_camera_page, app_url)
    press(page, "none")
    expect(page.locator(".live .claim")).to_contain_text("none, trained together, 4 of 4 stages, 40 bits")
    press(page, "2 of 4 stages")
    expect(page.locator(".live .claim")).to_contain_text("none, trained together, 2 of 4 stages, 20 bits")
    expect(page.locator(".live .bar[data-unused]")).to_have_count(2)
    expect(page.locator(".live .facts").nth(1)).to_contain_text("20\u202fbits/token")
    page.wait_for_url(re.compile("conditioning=none.*stages=2"))
    press(page, "scale")
    press(page, "none beside it")
    expect(page.locator(".live .claim")).to_contain_text("the same 20 bits for each token: none")
    expect(page.locator(".live figure canvas")).to_have_count(3)
    page.wait_for_url(re.compile("conditioning=scale&pair=1"))
    settled(page)
    link = page.url
    fresh = open_camera_page(link, init_script=TRACKS)
    moves(fresh)
    expect(fresh.locator(".live .claim")).to_contain_text("the same 20 bits for each token: none")
    page.locator(".live").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".live .claim")).to_contain_text("3 of 4 stages")
    page.keyboard.press("d")
    expect(page.locator(".live .side-name")).to_have_text(["none", "scale"])


def test_the_mirror_turns_what_the_model_gets(open_camera_page: OpenPage, app_url: str) -> None:
    """The test camera has a clock at its upper left; in a mirror it is at the right."""
    page = with_camera(open_camera_page, app_url)

    def bright_side() -> str:
        return str(
            page.locator(".live figure canvas").first.evaluate(
                """(canvas) => {
                    const { width } = canvas;
                    const { data } = canvas.getContext("2d").getImageData(0, 0, width, Math.round(width / 6));
                    const sums = [0, 0];
                    for (let at = 0; at < data.length; at += 4) sums[(at / 4) % width < width / 2 ? 0 : 1] += data[at];
                    return sums[0] > sums[1] ? "left" : "right";
                }"""
            )
        )

    mirrored = bright_side()
    press(page, "Mirror")
    moves(page)
    assert {mirrored, bright_side()} == {"left", "right"}


def test_a_held_frame_takes_other_settings_and_becomes_the_photo_of_compare(
    open_camera_page: OpenPage, app_url: str
) -> None:
    page = with_camera(open_camera_page, app_url)
    press(page, "Freeze")
    original = page.locator(".live figure canvas").first
    whole = eventually(page, lambda _: original.evaluate("canvas => canvas.width"), lambda width: width == 480)
    assert whole == 480, "a held frame is as fine as the camera's"
    before, held = frames(page), original.evaluate("(canvas) => canvas.toDataURL()")
    press(page, "1 of 4 stages")
    expect(page.locator(".live .claim")).to_contain_text("1 of 4 stages")
    assert original.evaluate("(canvas) => canvas.toDataURL()") == held
    assert frames(page) == before and "–" in page.locator(".live .readouts").inner_text()
    press(page, "Open in Compare")
    expect(page.locator(".viewer")).to_be_visible()
    settled(page)
    expect(page.locator(".st-key-hint")).to_contain_text("Your photo, 480 × 480 pixels.")
    page.wait_for_function("window.tracks.every((track) => track.readyState === 'ended')")


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("(video) => video.srcObject.getTracks()[0].dispatchEvent(new Event('ended'))", "was unplugged"),
        ("(video) => video.pause()", "sends no pictures"),
    ],
    ids=["unplugged", "silent"],
)
def test_a_camera_that_goes_away_leaves_its_place_to_a_moving_picture(
    open_camera_page: OpenPage, app_url: str, act: str, reason: str
) -> None:
    page = with_camera(open_camera_page, app_url)
    page.locator("video.camera").evaluate(act)
    expect(status(page)).to_contain_text(reason)
    moves(page, 5)
    assert greenness(page, 0) < 50
    page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")  # plugged in again
    expect(status(page)).to_be_empty()
    moves(page, 5)
    assert greenness(page, 0) > 50


def test_without_a_camera_the_reason_is_said_and_the_picture_goes_on(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}{PATH}&source=camera")
    expect(status(page)).to_contain_text("No camera was found: a moving picture takes its place.")
    moves(page)
    press(page, "Camera")
    expect(status(page)).to_contain_text("No camera was found")
    moves(page)


def test_without_permission_the_reason_is_said_and_the_picture_goes_on(
    launch: Callable[..., Browser], app_url: str
) -> None:
    page = launch("--use-fake-device-for-media-stream", "--deny-permission-prompts").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{app_url}{PATH}&source=camera")
    expect(status(page)).to_contain_text("not permitted to use the camera")
    moves(page)
    page.close()  # and gives its place back


def test_over_http_from_another_machine_the_reason_is_said_and_the_picture_goes_on(
    launch: Callable[..., Browser], app_url: str
) -> None:
    page = launch("--use-fake-device-for-media-stream", "--host-resolver-rules=MAP lab.test 127.0.0.1").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"http://lab.test:{urlsplit(app_url).port}{PATH}&source=camera")
    expect(status(page)).to_contain_text("needs localhost or https")
    moves(page)
    page.close()


def test_a_lost_connection_comes_back_by_itself(open_page: OpenPage, app_url: str) -> None:
    sockets: list[WebSocketRoute] = []
    there = [True]

    def through(route: WebSocketRoute) -> None:
        sockets.append(route)
        if there[0]:
            route.connect_to_server()
        else:
            route.close(code=1012)

    page = open_page("about:blank")
    page.route_web_socket(re.compile("live-frames"), through)
    page.goto(f"{app_url}{PATH}")
    moves(page)
    there[0] = False
    sockets[0].close(code=1012)
    expect(status(page)).to_contain_text("The picture stands still. The server does not answer. Trying again.")
    claim, picture = page.locator(".live .claim"), page.locator(".live figure canvas")
    assert "dB, of the last frame" in claim.inner_text()  # the old picture stays
    assert page.locator(".live .readouts dd").first.inner_text() == "–"  # frames per second
    assert above(status(page), picture.first)
    press(page, "2 of 4 stages")
    assert (
        claim.inner_text() == "" and page.locator(".live figure .score").last.inner_text() == ""
    )  # it was of four stages
    there[0] = True
    moves(page)
    expect(status(page)).not_to_contain_text("does not answer")
    assert above(picture.first, status(page)) and len(sockets) >= 3
    page.close()  # with what its sockets go through


def test_who_comes_late_sees_the_line_and_then_the_picture(open_page: OpenPage, app_url: str) -> None:
    address = app_url.replace("http", "ws", 1) + "/live-frames"
    before = [connect(address, open_timeout=PATIENCE_MS / 1000) for _ in range(PLACES)]
    for connection in before:
        kind = "LINE"
        while kind == "LINE":  # a page of the test before may still be leaving
            message = connection.recv(timeout=60)
            assert isinstance(message, bytes)
            kind = unpack(message)[0]
        assert kind == "OPEN"
    page = open_page(f"{app_url}{PATH}")
    expect(status(page)).to_contain_text("You are next")
    assert frames(page) == 0 and above(status(page), page.locator(".live figure canvas").first)
    largest = 1_000_000 * tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]["maxMessageSize"]
    with pytest.raises(ConnectionClosed):  # by the server library: the route would send its reason first
        before[0].send(bytes(largest + 1))
        before[0].recv(timeout=60)
    for connection in before:
        connection.close()
    moves(page)
    expect(status(page)).not_to_contain_text("You are next")


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1440, 900, "light"), (1920, 1080, "dark"), (390, 844, "dark")]
)
def test_it_fits_every_screen_and_can_be_used_by_everyone(
    open_camera_page: OpenPage, app_url: str, width: int, height: int, scheme: str
) -> None:
    page = with_camera(
        open_camera_page, app_url, "&pair=1", viewport={"width": width, "height": height}, color_scheme=scheme
    )
    settled(page)
    page.wait_for_function(
        "document.querySelector('.st-key-live-box [data-testid]') !== null && !document.querySelector('[data-stale=true]')"
    )
    assert not sideways(page)
    if width > 600:
        for which in range(3):
            canvas = page.locator(".live figure canvas").nth(which).bounding_box()
            assert canvas is not None and canvas["y"] + canvas["height"] <= height  # all above the fold
    else:
        expect(page.locator(".live .side-name")).to_have_text(["none", "layernorm"])
        pane = page.locator(".live .pane").bounding_box()
        assert pane is not None and pane["y"] + pane["height"] <= height
        assert not small_targets(page)
    assert not axe_violations(page)
    page.screenshot(path=screenshot(f"live-camera-{width}-{scheme}"))
    if width == 1440:  # a talk on a projector of 4:3, where controls take most of the height
        page.set_viewport_size({"width": 1024, "height": 768})
        page.wait_for_function(NUMBERS_WITHIN, arg=page.locator(".live").element_handle())
