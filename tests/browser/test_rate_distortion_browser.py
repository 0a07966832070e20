"""The Rate–distortion page in a real browser: curves, cut files and rivals of the same size, side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pages import axe_violations, changed, click, screenshot, settled, sideways, small_targets
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]


def sizes(page: Page) -> list[str]:
    """What stands under the pictures: bytes, bits per pixel, stages or quality."""
    return page.locator(".viewer figcaption .rate, .viewer .rate").all_inner_texts()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_fewer_stages_give_smaller_files_on_all_sides(
    open_page: OpenPage, app_url: str, scheme: str, width: int
) -> None:
    page = open_page(f"{app_url}/rate-distortion", viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.locator(".viewer figure canvas").first.wait_for()
    if width > 1000:  # a phone shows one picture at a time
        expect(page.locator(".viewer figure")).to_have_count(5)  # original, ours, three rivals
    expect(page.locator(".viewer .stage-text")).to_be_hidden()  # nothing here is a stage of the viewer
    expect(page.locator(".viewer details.film")).to_be_hidden()
    settled(page)
    before = sizes(page)
    click(page.get_by_role("radiogroup", name="cut after stage").get_by_role("radio").filter(has_text="2"))
    expect(page.locator(".st-key-rd-chart").first).to_be_visible()  # for a moment the chart before stands beside it
    changed(page, sizes, before)
    settled(page)
    after = sizes(page)
    if width > 1000:
        assert sum("quality" in text for text in before) == sum("quality" in text for text in after) == 3
        assert any("4 of 4 stages" in text for text in before) and any("2 of 4 stages" in text for text in after)
        assert all(new != old for new, old in zip(after[-3:], before[-3:], strict=True))
    assert not sideways(page)
    assert not axe_violations(page)
    assert width > 400 or not small_targets(page)
    page.screenshot(path=screenshot(f"rate-distortion-{scheme}-{width}"), full_page=True)
