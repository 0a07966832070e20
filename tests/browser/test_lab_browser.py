"""The Lab in a real browser: played without the server, a sample followed, the lesson by link, on a desk and a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pages import axe_violations, click, screenshot, settled, sideways, small_targets
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]


def runs(page: Page) -> int:
    return int(page.locator(".rfsq-lab-timing").get_attribute("data-run") or 0)


def ready(page: Page) -> None:
    page.locator(".plane canvas").wait_for()
    page.wait_for_selector(".rfsq-lab-timing", state="attached")
    settled(page)


def pixels(page: Page) -> str:
    return str(page.locator(".plane canvas").evaluate("(canvas) => canvas.toDataURL()"))


def sample(page: Page) -> str:
    return page.locator(".plane tbody tr").first.inner_text()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_play_goes_through_all_stages_without_the_server_and_a_click_follows_a_sample(
    open_page: OpenPage, app_url: str, scheme: str, width: int
) -> None:
    page = open_page(f"{app_url}/lab", viewport={"width": width, "height": 900}, color_scheme=scheme)
    ready(page)
    expect(page.locator(".plane .reading")).to_contain_text("Stage 2 of 4")
    first, before = pixels(page), runs(page)
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".plane .reading")).to_contain_text("Stage 4 of 4, none: what stage 4 leaves")
    assert pixels(page) != first
    page.wait_for_function("run => +document.querySelector('.rfsq-lab-timing')?.dataset.run > run", arg=before)
    assert runs(page) == before + 1, "one report when the play came to rest, none on the way"
    expect(page).to_have_url(re.compile("stage=4&phase=left"))
    followed = sample(page)
    box = page.locator(".plane canvas").bounding_box()
    assert box is not None
    page.locator(".plane canvas").click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.55})
    expect(page.locator(".plane tbody tr").first).not_to_have_text(followed, use_inner_text=True)
    page.locator(".plane").press("ArrowLeft")
    expect(page.locator(".plane .reading")).to_contain_text("where each sample is sent")
    page.locator(".plane").press("m")
    expect(page.get_by_title("Magnify this stage's cloud")).to_contain_text("Magnified ×")
    assert not sideways(page)
    assert not axe_violations(page)
    assert width > 400 or not small_targets(page)
    page.screenshot(path=screenshot(f"lab-{scheme}-{width}"), full_page=True)


def test_a_step_of_the_lesson_is_a_link_that_a_click_follows_and_a_fresh_browser_opens(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(f"{app_url}/lab")
    ready(page)
    step = page.get_by_role("link", name="Break the scale with another source")
    target = step.get_attribute("href") or ""
    click(step)
    expect(page.locator(".plane .reading")).to_contain_text("Stage 4 of 4, scale")
    expect(page.get_by_text("Fitted on: Gaussian")).to_be_visible()
    other = open_page(f"{app_url}/lab{target}")
    ready(other)
    expect(other.locator(".plane .reading")).to_have_text(page.locator(".plane .reading").inner_text())
    expect(other.get_by_text("Fitted on: Gaussian")).to_be_visible()


def test_dragging_a_factor_changes_the_picture_and_the_gradient_finds_its_own(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(f"{app_url}/lab?conditioning=scale&stages=2&stage=2")
    ready(page)
    before, text = pixels(page), page.locator(".plane table").inner_text()
    slider = page.get_by_role("slider", name="factor of stage 1")
    slider.focus()
    for _ in range(12):
        slider.press("ArrowRight")
    expect(page.locator(".plane table")).not_to_have_text(text, use_inner_text=True)
    expect(page.get_by_text("These leave")).to_be_visible()
    assert pixels(page) != before
    click(page.get_by_role("button", name="Fit by gradient"))
    expect(page.locator(".rfsq-chart-title").filter(has_text="In 150 steps the gradient")).to_be_visible()


def test_reduced_motion_is_respected(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/lab", reduced_motion="reduce")
    ready(page)
    page.get_by_role("button", name="One step on").click()
    expect(page.locator(".plane .reading")).to_contain_text("where each sample is sent")
