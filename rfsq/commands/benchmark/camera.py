"""The page of the live camera in a real browser with its test camera: how fast frames come back, and the server's memory."""

from __future__ import annotations

import statistics
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from tqdm import tqdm

from rfsq.commands.benchmark.app import PATIENCE_S, chromium, running_app
from rfsq.commands.benchmark.memory import MemoryCourse, follow
from rfsq.commands.benchmark.models import Timing, summarize

if TYPE_CHECKING:
    from playwright.sync_api import Page

LIVE_S: Final = 15.0  # that frames of the camera are timed, after as long again to warm up
LOOK_S: Final = 5.0  # between two looks at the server's memory
STILL_S: Final = 30.0  # without a frame, after which nothing is measured any more


def time_camera(minutes: float = 0.0) -> tuple[list[Timing], MemoryCourse | None]:
    """How long from the camera to the reconstruction, and from one frame to the next, with one method and with two; then, for
    so many minutes, the server's memory while two go on.

    Raises ValueError when Playwright or chromium is missing, or the picture stops.
    """
    with chromium() as browser, running_app() as (url, _, process):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(1e3 * PATIENCE_S)
        timings = [timing for pair in (False, True) for timing in _drive(page, url, pair=pair)]
        return timings, watch(page, process.pid, 60 * minutes) if minutes else None


def watch(page: Page, pid: int, seconds: float, look_s: float = LOOK_S, still_s: float = STILL_S) -> MemoryCourse:
    """The memory of the server, as long as frames come back to a page that is open.

    Raises ValueError when none came for `still_s` seconds.
    """
    newest, heard = _newest(page), time.monotonic()
    with tqdm(total=round(seconds), desc="live camera", unit="s", disable=None) as bar:

        def pause() -> None:
            nonlocal newest, heard
            page.wait_for_timeout(1e3 * look_s)
            bar.update(min(round(look_s), bar.total - bar.n))
            if (latest := _newest(page)) != newest:
                newest, heard = latest, time.monotonic()
            elif time.monotonic() - heard > still_s:
                raise ValueError(
                    f"the live picture stands still for {still_s:g} seconds; its page says: {_status(page)}"
                )

        return follow(pid, seconds, pause)


def _newest(page: Page) -> float | None:
    found: float | None = page.evaluate("(window.__rfsqLiveTimings ?? []).at(-1)?.at ?? null")
    return found


def _status(page: Page) -> str:
    return page.locator(".live .status").inner_text() or "nothing"


def _drive(page: Page, url: str, *, pair: bool) -> list[Timing]:
    page.goto(f"{url}/live-camera?v=1&source=camera&pair={int(pair)}")
    page.wait_for_function("(window.__rfsqLiveTimings ?? []).length > 20")
    page.wait_for_timeout(1e3 * LIVE_S)  # its size is found
    page.evaluate("window.__rfsqLiveTimings.length = 0")
    page.wait_for_timeout(1e3 * LIVE_S)
    frames = page.evaluate("window.__rfsqLiveTimings")
    side = statistics.mode(frame["side"] for frame in frames)
    between = [later["at"] - frame["at"] for frame, later in pairwise(frames)]
    name = f"app: live camera, {'2 methods' if pair else 'one method'} at {side}²"
    return [
        summarize(f"{name}, camera to reconstruction", [frame["delay"] for frame in frames], with_p95=True),
        summarize(f"{name}, from frame to frame", between, with_p95=True),
    ]
