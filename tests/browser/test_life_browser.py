"""Codebook life in a real browser: played, stepped by keys, scrubbed on a chart, by link, on a desk and a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pages import axe_violations, click, screenshot, settled, sideways, small_targets
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
LINK = "lab?v=1&part=life&encoder=learns&step=encoder&methods=straight-through,fsq"


# What was seen of the film while it moved: looks from outside may come too late.
FILM_SEEN = """film => {
    const seen = (window.filmSeen = { steps: new Set(), uses: new Set(), pictures: new Set() });
    const look = () => {
        seen.steps.add(film.querySelector(".step").textContent);
        seen.uses.add(film.querySelector("figure .use").textContent);
        seen.pictures.add(film.querySelector("figure canvas").toDataURL());
    };
    new MutationObserver(look).observe(film, { subtree: true, childList: true, characterData: true });
}"""
PRESSES = """(node, keys) => {
    for (const key of keys) node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
}"""


def ready(page: Page) -> None:
    page.locator(".film figure canvas").first.wait_for()
    page.wait_for_selector(".rfsq-life-timing", state="attached")
    settled(page)


def runs(page: Page) -> int:
    return int(page.locator(".rfsq-life-timing").get_attribute("data-run") or 0)


def picture(page: Page) -> str:
    return str(page.locator(".film figure canvas").first.evaluate("(canvas) => canvas.toDataURL()"))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_play_goes_from_the_first_step_to_the_last_without_the_server(
    open_page: OpenPage, app_url: str, scheme: str, width: int
) -> None:
    page = open_page(f"{app_url}/{LINK}", viewport={"width": width, "height": 900}, color_scheme=scheme)
    ready(page)
    plain, step = page.locator(".film figure").first, page.locator(".film .step")
    expect(step).to_have_text("step 300 of 300")
    expect(plain.locator(".use")).to_have_text("16 of 16 used")
    before = runs(page)
    page.locator(".film").evaluate(FILM_SEEN)
    page.locator(".film").press(" ")
    page.wait_for_function("window.filmSeen.steps.size > 1 && window.filmSeen.steps.has('step 300 of 300')")
    seen = page.evaluate("Object.fromEntries(Object.entries(filmSeen).map(([what, all]) => [what, [...all]]))")
    assert seen["steps"][0] != "step 300 of 300" and "1 of 16 used" in seen["uses"] and len(seen["pictures"]) > 2
    expect(step).to_have_text("step 300 of 300")
    page.wait_for_timeout(800)
    assert runs(page) == before, "the server knows this step"
    page.locator(".film").evaluate(PRESSES, ["ArrowLeft", "v"])  # at once, as for the film at rest they are one move
    expect(step).to_have_text("step 295 of 300")
    expect(page).to_have_url(re.compile("view=data&at=295"))
    assert runs(page) == before + 1, "one report when all came to rest"
    other = open_page(page.url, viewport={"width": width, "height": 900}, color_scheme=scheme)
    ready(other)
    expect(other.locator(".film .step")).to_have_text("step 295 of 300")
    assert picture(other) == picture(page)
    assert not sideways(page)
    assert not axe_violations(page)
    assert width > 400 or not small_targets(page)
    page.screenshot(path=screenshot(f"life-{scheme}-{width}"), full_page=True)


def test_a_chart_is_a_ruler_of_time_and_a_step_of_the_lesson_goes_to_its_end(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/{LINK}")
    ready(page)
    box = page.locator(".film .curves canvas").first.bounding_box()
    assert box is not None
    page.locator(".film .curves canvas").first.click(position={"x": 60, "y": box["height"] / 2})
    expect(page.locator(".film .step")).to_have_text("step 0 of 300")
    page.get_by_role("slider", name="Training step").press("ArrowRight")
    expect(page.locator(".film .step")).to_have_text("step 5 of 300")
    click(page.get_by_role("link", name="The classic collapse"))
    expect(page.locator(".film .step")).to_have_text("step 300 of 300")
    expect(page.locator(".film figure").first.locator(".use")).to_have_text("1 of 16 used")
    expect(page.get_by_text("“FSQ needs no tricks”: as far as use goes")).to_be_visible()


def test_who_asks_for_less_motion_sees_fewer_frames(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/{LINK}&at=0", reduced_motion="reduce")
    ready(page)
    step = page.locator(".film .step")
    step.evaluate(
        "(step) => { window.seen = [];"
        " new MutationObserver(() => window.seen.push(step.textContent)).observe(step, { childList: true, characterData: true, subtree: true }); }"
    )
    page.get_by_role("button", name="Play").click()
    expect(step).to_have_text("step 300 of 300")
    seen = page.evaluate("window.seen")
    assert set(seen) <= {f"step {at} of 300" for at in range(0, 301, 25)} and len(set(seen)) > 2
