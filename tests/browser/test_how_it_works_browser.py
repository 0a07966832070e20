"""The page "How it works" in a real browser: the token moves by mouse and keys, the old path stays grey."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pages import axe_violations, click, screenshot, settled, sideways, small_targets
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
StartApp = Callable[..., str]


def numbers(page: Page) -> str:
    return page.locator(".open table").inner_text()


def test_mouse_and_keys_move_the_token_and_the_link_follows(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/how-it-works?row=20&column=30")
    where = page.locator(".where")
    expect(where).to_contain_text("Row 20, column 30 of 64 × 64")
    before = numbers(page)
    photo = page.locator(".photo")
    box = photo.bounding_box()
    assert box is not None
    photo.click(position={"x": box["width"] * 10.5 / 64, "y": box["height"] * 40.5 / 64})
    expect(where).to_contain_text("Row 40, column 10")
    assert numbers(page) != before
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(where).to_contain_text("Row 39, column 11")
    expect(page).to_have_url(re.compile(r"row=39&column=11"))
    page.get_by_role("button", name="Stage 2").click()
    expect(page.locator(".open .title")).to_contain_text("Stage 2")
    expect(page).to_have_url(re.compile(r"stage=2"))
    expect(where).to_contain_text("Row 39, column 11")


def test_another_conditioning_keeps_the_token_and_leaves_the_old_path_grey(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/how-it-works?row=20&column=30")
    expect(page.locator(".where")).to_contain_text("Row 20, column 30")
    expect(page.locator(".ghost")).to_have_count(0)
    old = page.locator(".open [data-name=back] .dot").first.get_attribute("cx")
    choose = page.get_by_role("radiogroup", name="Conditioning")
    click(choose.get_by_role("radio").filter(has_text="scale").first)
    expect(page.locator(".open .ghost")).to_have_count(10)  # on both lines of five channels
    expect(page.locator(".where")).to_contain_text("Row 20, column 30")
    expect(page.locator(".formulas")).to_contain_text("· scale")
    expect(page.locator(".old")).to_contain_text("layernorm")
    assert page.locator(".open [data-name=back] .dot").first.get_attribute("cx") != old


def test_a_symbol_lights_its_numbers_and_a_number_its_symbol(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/how-it-works?row=20&column=30")
    style = "node => getComputedStyle(node).boxShadow"
    cell, formula = page.locator("td[data-name=codes] .n").first, page.locator(".formulas b[data-symbol=codes]").first
    expect(cell).to_be_visible()
    assert cell.evaluate(style) == "none"
    formula.focus()
    assert cell.evaluate(style) != "none"
    page.locator("td[data-name=step] .n").first.hover()
    assert page.locator(".formulas b[data-symbol=step]").first.evaluate(style) != "none"


def test_vq_shows_vectors_without_levels_and_stays_grey_on_the_residual_s_line(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(f"{app_url}/how-it-works?model=rvq-4x1024&row=2&column=3")
    expect(page.locator(".formulas")).to_contain_text("the nearest of 1\u202f024 vectors")
    expect(page.locator(".open .tick")).to_have_count(0)
    expect(page.locator("td[data-name=codes]")).to_have_count(5)
    click(page.get_by_role("radiogroup", name="Conditioning").get_by_role("radio").filter(has_text="scale").first)
    expect(page.locator(".open .ghost")).to_have_count(5)  # its residuals compare; what it would have rounded does not
    expect(page.locator(".old")).to_contain_text("the same token in RVQ")


def test_the_same_block_goes_through_every_conditioning_and_three_steps_lead_there(
    open_page: OpenPage, shipped_url: str
) -> None:
    page = open_page(f"{shipped_url}/how-it-works")
    rows = page.locator(".rows li")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("rounding made it worse: −0.021 → 0.979")
    bottom = page.locator(".foot").bounding_box()
    assert bottom is not None and bottom["y"] + bottom["height"] <= 900, "all stages are on the first screen"
    click(page.get_by_role("link", name="The remainder gets small"))
    expect(page.locator(".guide")).to_contain_text("−0.021 is left for stage 2")
    expect(page.locator(".marked")).to_have_text("Stage 2")
    page.locator(".marked").click()
    expect(page.locator(".open .title")).to_contain_text("Stage 2")
    expect(page.locator(".guide")).to_contain_text("−0.021 is left for stage 2")  # it was obeyed, and stays
    click(page.get_by_role("link", name="Rounding makes it worse"))
    expect(page.locator(".guide")).to_contain_text("leaves 0.979")
    last = page.get_by_role("link", name="The same latent, conditioned")
    target = last.get_attribute("href") or ""
    click(last)
    expect(page.locator(".guide")).to_contain_text("with scale the levels are")
    expect(page.locator(".latents .n").first).to_contain_text("1.021")  # the same latent
    said = page.locator(".guide").inner_text()
    settled(page)
    assert not axe_violations(page)
    click(page.get_by_role("radio", name="geometric", exact=True))
    expect(page.locator(".guide")).to_contain_text("with geometric the levels are")
    expect(page.locator(".latents .n").first).to_contain_text("1.021")
    click(last)
    expect(page.locator(".guide")).to_have_text("")
    expect(rows.nth(1)).to_contain_text("−0.021 → 0.979")  # what the steps took the place of is back
    other = open_page(
        f"{shipped_url}/how-it-works{target}", viewport={"width": 390, "height": 844}, color_scheme="dark"
    )
    expect(other.locator(".guide")).to_have_text(said)
    assert not sideways(other) and not axe_violations(other) and not small_targets(other)
    other.screenshot(path=screenshot("how-it-works-stack-dark-390"), full_page=True)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_nothing_scrolls_sideways_and_screenshots_are_kept(
    open_page: OpenPage, app_url: str, scheme: str, width: int
) -> None:
    page = open_page(f"{app_url}/how-it-works", viewport={"width": width, "height": 900}, color_scheme=scheme)
    expect(page.locator(".open table")).to_be_visible()
    assert not sideways(page)
    assert not axe_violations(page)
    assert width > 400 or not small_targets(page)
    page.screenshot(path=screenshot(f"how-it-works-{scheme}-{width}"))
