"""Fixtures for tests in a real browser: a Streamlit script on a free port, Debian's chromium, and a page that fails
when anything leaves this machine. Without chromium the tests are skipped, or fail when RFSQ_REQUIRE_BROWSER=1."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pages import PATIENCE_MS
from paths import CHECKPOINTS, ROOT
from playwright.sync_api import Browser, Page, expect, sync_playwright
from server import free_port, wait_until_healthy
from tabs import Tab, Tabs
from tiny_models import save_tiny_models

from rfsq.model.zoo import ZOO

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
StartApp = Callable[..., str]
OpenPage = Callable[..., Page]
LaunchBrowser = Callable[..., Browser]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder `browser`, so that `-m "not browser"` leaves it out."""
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApp]:
    """Call it with a script (and extra arguments or environment): it returns the URL of the running app. With `own`, places
    of quantizers, it is started by `rfsq app`, which knows its script itself. It makes nothing ahead while nobody waits
    (tests/app/test_first_visitors.py starts a server that does)."""
    running: list[subprocess.Popen[bytes]] = []

    def start(script: Path, *arguments: str, env: dict[str, str] | None = None, own: Sequence[str] = ()) -> str:
        port = free_port()
        log = tmp_path_factory.mktemp("app") / "output.txt"
        named = [word for place in own for word in ("--quantizer", place)]
        starts = ["rfsq", "app", *named] if own else ["streamlit", "run", str(script)]
        command = [
            *(sys.executable, "-m", *starts, f"--server.port={port}"),
            *("--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false"),
            *("--server.fileWatcherType=none", *arguments),
        ]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": path, "RFSQ_IDLE_WORK": "0", **(env or {})},
                stdout=output,
                stderr=output,
            )
        running.append(process)
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(process, url, log)
        return url

    yield start
    for process in running:
        process.kill()  # at once: told to terminate, it would wait for its viewers
        process.wait()


@pytest.fixture(scope="session")
def app_url(start_app: StartApp, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One app for all tests of this process that only look at it: the shipped results beside tiny untrained models, or
    the models that RFSQ_SCREENSHOT_CHECKPOINTS names, for pictures to show."""
    shown = os.environ.get("RFSQ_SCREENSHOT_CHECKPOINTS")
    folder = Path(shown) if shown else tmp_path_factory.mktemp("checkpoints")
    if not shown:
        shutil.copy(CHECKPOINTS / "results.json", folder)
        save_tiny_models(folder, ZOO)
    return start_app(ROOT / "app.py", env={"RFSQ_CHECKPOINTS": str(folder)})


@pytest.fixture(scope="session")
def shipped_url(start_app: StartApp) -> str:
    """One app with the models that come with it, for tests of what needs trained networks and their fits."""
    return start_app(ROOT / "app.py", env={"RFSQ_CHECKPOINTS": str(CHECKPOINTS)})


@pytest.fixture(scope="session", autouse=True)
def patient_expectations() -> None:
    """`expect(…)` waits as long as everything else here."""
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def launch() -> Iterator[LaunchBrowser]:
    """Call it with further arguments for chromium: it returns a headless one, which ends with the session."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        reason = "no chromium is installed (Debian: apt-get install chromium)"
        if os.environ.get("RFSQ_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running: list[Browser] = []

        def start(*arguments: str) -> Browser:
            running.append(playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *arguments]))
            return running[-1]

        yield start
        for chromium in running:
            chromium.close()


@pytest.fixture(scope="session")
def browser(launch: LaunchBrowser) -> Browser:
    """One headless chromium for the session."""
    return launch()


@pytest.fixture(scope="session")
def camera_browser(launch: LaunchBrowser) -> Browser:
    """One that has a camera, which shows a moving picture on green, and permits pages to use it."""
    return launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture(scope="session")
def camera_tabs(camera_browser: Browser) -> Tabs:
    return Tabs(camera_browser)


def watched_pages(tabs: Tabs) -> Iterator[OpenPage]:
    """A function that opens a URL in a tab without cookies or anything kept, and the checks on all its pages when the
    caller is done."""
    taken: list[tuple[str, Tab]] = []

    def open_at(url: str, **options: Any) -> Page:
        taken.append(tabs.take(**options))
        page = taken[-1][1].page
        page.goto(url)
        return page

    yield open_at
    foreign: list[str] = []
    errors: list[str] = []
    for kind, tab in taken:
        tabs.give_back(kind, tab)
        for all_of, seen in zip((foreign, errors), tab.seen(), strict=True):
            all_of.extend(seen)
    assert not foreign, f"requests left this machine: {foreign}"
    assert not errors, f"errors in the page: {errors}"


@pytest.fixture
def open_page(tabs: Tabs) -> Iterator[OpenPage]:
    """Call it with a URL and options of `Tabs.take`: it returns a page at that URL.

    Every page is watched: a request or socket to another machine, or an uncaught error in the page, fails the test.
    """
    yield from watched_pages(tabs)


@pytest.fixture
def open_camera_page(camera_tabs: Tabs) -> Iterator[OpenPage]:
    """The same in a browser with a camera."""
    yield from watched_pages(camera_tabs)


@pytest.fixture(scope="module")
def open_module_page(tabs: Tabs) -> Iterator[OpenPage]:
    """The same for pages that several tests of a module share; the checks come after its last test."""
    yield from watched_pages(tabs)
