"""A `.rfsq` file out of the page and into it again, in a real browser.

The models are tiny and untrained unless RFSQ_SCREENSHOT_CHECKPOINTS names others; screenshots land in .screenshots.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pages import compared, screenshot, settled
from playwright.sync_api import Page, expect

from rfsq.codec.bitstream import MAGIC
from rfsq.style.wording import format_bytes

MODELS = ("rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm")
OpenPage = Callable[..., Page]


def picture(page: Page, method: str) -> str:
    """One picture of the viewer as it is on screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return str(page.locator(f".viewer figure[data-method='{method}'] canvas").evaluate("canvas => canvas.toDataURL()"))


def test_a_downloaded_file_opens_as_the_picture_it_was_made_of(
    open_page: OpenPage, app_url: str, tmp_path: Path
) -> None:
    page = open_page(app_url)
    run = compared(page)
    original, shown = picture(page, "original"), picture(page, MODELS[2])
    page.get_by_role("button", name="Download .rfsq").click()
    button = page.get_by_role("button", name="RFSQ layernorm, 4 of 4 stages")
    expect(button).to_be_visible()
    compared(page, run)
    page.screenshot(path=screenshot("files-popover"))
    with page.expect_download() as waiting:
        button.click()
    assert waiting.value.suggested_filename == "cat_rfsq-4x1024-layernorm_4of4.rfsq"
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    content = file.read_bytes()
    assert content.startswith(MAGIC)
    expect(button).to_contain_text(format_bytes(len(content)))
    assert shown == picture(page, MODELS[2]), "saving changes nothing on the page"

    page.keyboard.press("Escape")
    upload = page.locator(".st-key-bring input[type=file]")
    upload.set_input_files(file)
    note = page.locator(".viewer .notice")
    expect(note).to_contain_text("This photo is already a reconstruction")
    expect(page.locator(".st-key-hint")).to_contain_text("decoded from rfsq-4x1024-layernorm, 4 of 4 stages")
    page.wait_for_function(
        "old => document.querySelector(\".viewer figure[data-method='original'] canvas\")?.toDataURL() !== old",
        arg=original,
    )
    settled(page)
    page.locator(".st-key-head").scroll_into_view_if_needed()
    page.screenshot(path=screenshot("files-opened"))

    file.write_bytes(content[:-9])
    expect(upload).to_have_count(1)  # the one before it leaves when the run is over
    upload.set_input_files(file)
    expect(page.get_by_test_id("stAlert")).to_contain_text("it is incomplete")
    expect(note).to_be_visible()
