"""Quantizers that the app was started with, in a real browser: shown once they are fitted, while others use the app."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pages import axe_violations, click, screenshot, settled, sideways, small_targets
from paths import CHECKPOINTS, ROOT
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
StartApp = Callable[..., str]

PLACE = "tests/outside_quantizers.py"


@pytest.fixture(scope="module")
def url(start_app: StartApp) -> str:
    """The app, started with a quantizer that works, one that fails and one that never answers."""
    own = [f"{PLACE}:{name}" for name in ("TwoStages", "Raises", "Hangs")]
    return start_app(
        ROOT / "app.py", "--fit-steps=20", "--time-limit=1000", env={"RFSQ_CHECKPOINTS": str(CHECKPOINTS)}, own=own
    )


def test_compare_shows_it_beside_ours_while_another_viewer_waits_for_one_that_hangs(
    open_page: OpenPage, url: str
) -> None:
    waiting = open_page(f"{url}/?preset=network&size=128&own=Hangs")
    expect(waiting.get_by_text("own Hangs is being fitted to continuous-5")).to_be_visible()
    page = open_page(f"{url}/?preset=network&size=128&own=TwoStages")
    chosen = page.get_by_role("button", name="own TwoStages")
    expect(chosen.first).to_be_visible()
    click(page.get_by_role("button", name="Ours at 10 bits"))
    expect(page.get_by_text("Same network, same 10 bits: ")).to_be_visible()
    click(page.locator(".st-key-pictures").get_by_text("Flip", exact=True).first)
    expect(page.locator(".st-key-keep")).to_be_visible()
    assert not sideways(page) and not axe_violations(page)
    page.screenshot(path=screenshot("compare-own"))
    expect(waiting.get_by_text("own Hangs is being fitted to continuous-5")).to_be_visible()
    waiting.get_by_role("link", name="Results").first.click()  # it keeps nobody
    expect(waiting.get_by_role("heading", level=1)).to_contain_text("equal bits")


def test_one_that_fails_is_one_sentence_and_fits_a_phone(open_page: OpenPage, url: str) -> None:
    page = open_page(
        f"{url}/?preset=network&size=128&own=Raises,TwoStages", viewport={"width": 390, "height": 844}, has_touch=True
    )
    expect(page.get_by_text("own Raises cannot be shown:")).to_be_visible()
    expect(page.get_by_text("RuntimeError: not these latents")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("button", name="own TwoStages").first).to_be_visible()
    settled(page)
    assert not sideways(page) and not small_targets(page)
    page.screenshot(path=screenshot("compare-own-phone"), full_page=True)


def test_the_token_goes_through_its_stages(open_page: OpenPage, url: str) -> None:
    page = open_page(f"{url}/how-it-works?model=continuous-5.own1-TwoStages&row=20&column=30&stage=2")
    expect(page.locator(".open .title")).to_contain_text("Stage 2")
    expect(page.locator(".formulas")).to_contain_text("= what its index")
    expect(page.locator(".formulas")).not_to_contain_text("nearest of")
    assert page.locator(".open th").filter(has_text="codes").count() == 0
    click(page.get_by_role("radiogroup", name="Conditioning").get_by_role("radio").filter(has_text="scale").first)
    expect(page.locator(".old")).to_contain_text("The latent is the same")
    settled(page)
    assert not sideways(page) and not axe_violations(page)


def test_the_lab_shows_its_cells(open_page: OpenPage, url: str) -> None:
    page = open_page(f"{url}/lab?part=own&own=TwoStages", viewport={"width": 390, "height": 844})
    expect(page.get_by_text("With 4 bits a sample, own TwoStages leaves")).to_be_visible()
    expect(page.locator(".st-key-lab-own-plane image")).to_have_count(1)
    settled(page)
    assert not sideways(page) and not axe_violations(page)
    page.screenshot(path=screenshot("lab-own-phone"), full_page=True)
