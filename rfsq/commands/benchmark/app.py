"""The app's own times, measured by driving the real app in a real browser (Playwright and chromium, dev requirements).

Server times are what the page reports of each run: from the request to the pictures, and then to the scores.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rfsq.commands.benchmark.models import Timing, summarize
from rfsq.machine.shipped import shipped
from rfsq.photos.gallery import EXAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # chromium's own test picture
PATIENCE_S = 120.0
IDLE_S = 8.0  # a server makes the first views of all examples meanwhile


def time_app(*, repeats: int) -> list[Timing]:
    """Start-up, changes of conditioning, levels and photo at 256² with three methods, dragging the stages, and the Lab.

    Raises ValueError when Playwright or chromium is missing.
    """
    with chromium() as browser:
        starts = []
        for _ in range(repeats - 1):
            with running_app() as (url, started, _):
                _open(browser.new_page(), url)
                starts.append(1e3 * (time.perf_counter() - started))
        with running_app() as (url, started, _):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            _open(page, url)
            starts.append(1e3 * (time.perf_counter() - started))
            return [
                summarize(
                    "app: first picture, 2 methods at 256², from the start of the process to the browser", starts
                ),
                *_drive(page, url, repeats),
                *_drive_lab(page, url, repeats),
            ]


def _drive(page: Page, url: str, repeats: int) -> list[Timing]:
    """Server time of Compare's changes with three methods: two stacks around one network, and one FSQ of the same bits."""
    page.wait_for_timeout(1e3 * IDLE_S)
    page.goto(f"{url}/?preset=network&levels=4&depth=4&conditioning=scale&single=1&size=256")
    _settle(page)
    strip = page.get_by_role("radiogroup", name="Photo").get_by_role("radio")
    levels = page.get_by_role("slider", name="Levels")
    found: dict[str, list[dict[str, float]]] = {what: [] for what in ("photo", "toggle", "levels", "known")}
    for number in range(1, 1 + min(repeats, len(EXAMPLES) - 1)):
        found["photo"].append(_change(page, strip.nth(number).click))
        found["toggle"].append(_change(page, page.get_by_role("radio", name="geometric", exact=True).click))
        found["known"].append(_change(page, page.get_by_role("radio", name="scale", exact=True).click))
        found["levels"].append(_change(page, partial(levels.press, "ArrowRight")))  # to 5, of which nothing is known
        _change(page, partial(levels.press, "ArrowLeft"))
    _drag(page, repeats)
    frames = page.evaluate("window.__rfsqViewerTimings.presented")
    names = {
        "levels": "app: new setting, 3 new methods of 4 stages at 256²",
        "toggle": "app: new toggle, 1 new of 3 methods of 4 stages at 256²",
        "known": "app: known toggle, 3 methods of 4 stages at 256²",
        "photo": "app: photo change, 3 methods of 4 stages at 256²",
    }
    timings = []
    for what, name in names.items():
        timings.append(_timing(f"{name}, to the pictures", found[what], "pictures"))
        if what != "known":
            timings.append(_timing(f"{name}, other stages, files and scores after that", found[what], "scores"))
    return [*timings, summarize("app: dragging the stages, input to presented frame", frames)]


def _drive_lab(page: Page, url: str, repeats: int) -> list[Timing]:
    """Server time of the Lab's changes: of conditioning (its fits are there), of stages and source (all is fitted anew)."""
    page.goto(f"{url}/lab")
    page.locator(".plane canvas").wait_for()

    def change(act: Callable[[], None]) -> tuple[float, float]:
        mark = _run_again(page, act, ".rfsq-lab-timing")
        return float(mark.get_attribute("data-picture-ms") or "nan"), float(mark.get_attribute("data-all-ms") or "nan")

    def choose(group: str, option: str) -> Callable[[], None]:
        return page.get_by_role("radiogroup", name=group).get_by_role("radio", name=option, exact=True).click

    def source(name: str) -> Callable[[], None]:
        def act() -> None:
            page.get_by_role("combobox", name="Source").click()
            page.get_by_role("option", name=name, exact=True).click()

        return act

    names = ("scale", "layernorm", "geometric", "layernorm-global", "none")
    sources = ("uniform", "ring", "mixture", "heavy-tailed", "correlated Gaussian", "Gaussian")
    changes = {
        "conditioning": [choose("Conditioning", names[n % len(names)]) for n in range(repeats)],
        "stage count": [choose("Stages", count) for count in ("3", "5", "6", "7", "8", "2", "1")[:repeats]],
        "source": [source(name) for name in sources[:repeats]],
    }
    timings = []
    for what, acts in changes.items():
        pictures, all_of_it = zip(*map(change, acts), strict=True)
        timings += [
            summarize(f"app: Lab, {what} change, server time to the picture", pictures),
            summarize(f"app: Lab, {what} change, server time with all charts", all_of_it),
        ]
    return timings


def _timing(name: str, runs: list[dict[str, float]], part: str) -> Timing:
    return summarize(name, [run[part] for run in runs])


def _open(page: Page, url: str) -> None:
    page.set_default_timeout(1e3 * PATIENCE_S)
    page.goto(url)
    page.wait_for_function("window.__rfsqViewerTimings && window.__rfsqViewerTimings.decode.length > 0")


def _change(page: Page, act: Callable[[], object]) -> dict[str, float]:
    """Change something and wait for the run that it causes."""
    mark = _run_again(page, act, ".rfsq-timing")
    _settle(page)
    return {part: float(mark.get_attribute(f"data-{part}-ms") or "nan") for part in ("pictures", "scores")}


def _run_again(page: Page, act: Callable[[], object], mark: str) -> Locator:
    """Act on a page at rest and wait for the run that it causes; returns the element that holds the run's times."""
    _settle(page, mark)
    element = page.locator(mark)
    before = int(element.get_attribute("data-run") or 0)
    act()
    page.wait_for_function(
        "([mark, run]) => +document.querySelector(mark)?.dataset.run > run", arg=[mark, before], polling=100
    )  # asking at every frame would keep a core busy
    return element


def _settle(page: Page, mark: str = ".rfsq-timing") -> None:
    page.wait_for_selector(mark, state="attached")
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'")


def _drag(page: Page, repeats: int) -> None:
    """Move the stage slider to and fro; the viewer notes the time from each input to its frame."""
    page.evaluate("window.__rfsqViewerTimings.presented.length = 0")
    slider = page.locator(".viewer .stage-slider")
    slider.focus()
    for _ in range(repeats):
        for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight"):
            slider.press(key)
            page.wait_for_timeout(60)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a test camera. Raises ValueError when Playwright or chromium is missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ValueError("this needs Playwright: pip install 'rfsq[dev]'") from error
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise ValueError("this needs chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *CAMERA])
        yield browser
        browser.close()


@contextmanager
def running_app() -> Iterator[tuple[str, float, subprocess.Popen[bytes]]]:
    """A fresh app process on a free port: its address, when it was started, and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = shipped("app.py")
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        f"--server.port={port}",
        "--server.headless=true",
        "--server.address=127.0.0.1",
    ]
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=script.parent, stdout=log, stderr=log)
        try:
            _wait_for_port(process, port)
            yield f"http://127.0.0.1:{port}", started, process
        finally:
            process.terminate()
            process.wait()


def _wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise ValueError("the app did not start")
