"""The Lab's design desk in a real browser: a line of code copied, a set opened in Compare, on a desk and a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pages import axe_violations, click, screenshot, settled, sideways, small_targets
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]


def ready(page: Page) -> None:
    page.get_by_role("button", name="Copy", exact=True).first.wait_for()
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    settled(page)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_a_line_of_code_is_copied_and_the_page_fits(
    open_page: OpenPage, shipped_url: str, scheme: str, width: int
) -> None:
    page = open_page(f"{shipped_url}/lab?part=desk", viewport={"width": width, "height": 900}, color_scheme=scheme)
    ready(page)
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_text(re.compile("^Copied: FSQ|^Copy this line:"))).to_be_visible()
    assert not sideways(page)
    assert not axe_violations(page)
    assert width > 400 or not small_targets(page)
    page.screenshot(path=screenshot(f"desk-{scheme}-{width}"), full_page=True)


def test_the_switch_keeps_each_part_s_own_address(open_page: OpenPage, shipped_url: str) -> None:
    page = open_page(f"{shipped_url}/lab?part=desk&levels=8&value=10")
    ready(page)
    expect(page).to_have_url(re.compile("part=desk.*value=10.*levels=8"))
    click(page.get_by_text("Stages on the plane", exact=True))
    expect(page.locator(".plane .reading")).to_contain_text("Stage 2 of 4")
    expect(page).to_have_url(re.compile("part=stages"))
    click(page.get_by_text("Design desk", exact=True))
    ready(page)
    expect(page).to_have_url(re.compile("part=desk.*value=10.*levels=8"))


def test_a_set_opens_in_compare_with_the_session_s_photo(open_page: OpenPage, shipped_url: str) -> None:
    page = open_page(f"{shipped_url}/lab?part=desk&value=40&dims=5&stages=4&photo=coffee")
    ready(page)
    page.get_by_role("link", name="Compare", exact=True).and_(
        page.get_by_title("Open in Compare, on continuous-5")
    ).first.click()
    expect(page).to_have_url(re.compile("photo=coffee.*network=continuous-5.*levels=4.*depth=4"))
    settled(page)
