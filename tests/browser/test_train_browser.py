"""The page "Train your own" in a real browser: a run starts, is seen to learn, stops, goes on, is kept and compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import PATIENCE_MS, axe_violations, changed, click, screenshot, settled, sideways, small_targets
from playwright.sync_api import Page, expect

from rfsq.model.archive import open_checkpoint

OpenPage = Callable[..., Page]


def opened(open_page: OpenPage, url: str, **options: object) -> Page:
    page = open_page(f"{url}/train?v=1&seconds=300", **options)  # long enough to be stopped by nothing but the test
    page.locator(".st-key-train-curves .main-svg").first.wait_for()
    page.wait_for_function("document.querySelectorAll('.st-key-train-pair img').length === 2")
    return page


def step(page: Page) -> int:
    """How far the picture on the page is."""
    text = page.locator(".st-key-train-pair").inner_text()
    return int(text.split("at step ")[1].split(":")[0]) if "at step " in text else 0


def wait_for_step(page: Page, beyond: int) -> int:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while step(page) <= beyond:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    return step(page)


def look(page: Page) -> tuple[str, str]:
    """The chart and the address of the reconstruction, as they are drawn now."""
    chart = page.locator(".st-key-train-curves .main-svg").first.inner_html()
    return chart, str(page.locator(".st-key-train-pair img").nth(1).get_attribute("src"))


def stop(page: Page) -> None:
    """Press the page's own Stop (Streamlit has one, too, while it draws) and wait until all of the page shows it."""
    page.locator(".st-key-train-stop button").click()
    expect(page.locator(".st-key-train-state")).to_contain_text("stopped after")
    settled(page)


def test_a_run_learns_stops_goes_on_is_downloaded_and_opened_in_compare(
    open_page: OpenPage, app_url: str, tmp_path: Path
) -> None:
    page = opened(open_page, app_url)
    click(page.get_by_role("button", name="Start", exact=True))
    first = wait_for_step(page, 0)
    before = look(page)
    wait_for_step(page, first + 10)
    page.wait_for_function(
        "old => document.querySelectorAll('.st-key-train-pair img')[1].src.indexOf(old) < 0", arg=before[1]
    )
    changed(page, lambda page: look(page)[0], before[0])

    stop(page)
    stopped = step(page)
    page.wait_for_timeout(1500)
    assert step(page) == stopped
    click(page.get_by_role("button", name="Continue"))
    wait_for_step(page, stopped)
    stop(page)

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    assert waiting.value.suggested_filename == "my-rfsq-4x1024-scale-run-1.zip"
    file = tmp_path / "model.zip"
    waiting.value.save_as(file)
    assert open_checkpoint(file.read_bytes()).info.config.name == "my-rfsq-4x1024-scale-run-1"

    click(page.get_by_role("button", name="Open in Compare"))
    own = page.locator(".viewer figure[data-method='my-rfsq-4x1024-scale-run-1']")
    expect(own).to_be_visible()
    expect(page.locator(".viewer figure[data-method='rfsq-4x1024-scale']")).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0


def test_a_closed_tab_frees_the_place_of_its_run(open_page: OpenPage, app_url: str) -> None:
    leaving, waiting = opened(open_page, app_url), opened(open_page, app_url)
    click(leaving.get_by_role("button", name="Start", exact=True))
    wait_for_step(leaving, 0)
    click(waiting.get_by_role("button", name="Start", exact=True))
    expect(waiting.locator(".st-key-train-state")).to_contain_text("Yours is next.")
    leaving.close()
    expect(waiting.locator(".st-key-train-state")).to_contain_text("learning")
    stop(waiting)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_nothing_scrolls_sideways(open_page: OpenPage, app_url: str, scheme: str, width: int) -> None:
    page = opened(open_page, app_url, viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert not sideways(page)
    assert not axe_violations(page)
    assert width > 400 or not small_targets(page)
    page.set_viewport_size({"width": width, "height": 1900})
    page.wait_for_timeout(500)
    page.screenshot(path=screenshot(f"train-{scheme}-{width}"))
