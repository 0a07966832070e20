"""The page "Doctor" in a real browser: wide, narrow, light and dark; files are chosen as people do."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from pages import axe_violations, screenshot, settled, sideways, small_targets
from playwright.sync_api import FilePayload, Page, expect

OpenPage = Callable[..., Page]


def at_rest(page: Page) -> None:
    page.wait_for_selector("h1")
    settled(page)


def npy(array: np.ndarray, name: str) -> FilePayload:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return {"name": name, "mimeType": "application/octet-stream", "buffer": buffer.getvalue()}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_a_report_is_read_on_every_screen(open_page: OpenPage, shipped_url: str, scheme: str, width: int) -> None:
    page = open_page(
        f"{shipped_url}/doctor?example=bfloat16", viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    at_rest(page)
    lines = page.locator(".doctor-lines li")
    expect(lines.first).to_contain_text("red")
    assert lines.count() == 11
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    if width < 640:
        expect(lines.last).to_be_hidden()
        page.get_by_text(re.compile("green lines")).click()
        assert not small_targets(page)
    expect(lines.last).to_be_visible()
    assert not sideways(page)
    assert not axe_violations(page)
    page.screenshot(path=screenshot(f"doctor-{scheme}-{width}"), full_page=True)


def test_files_are_chosen_reported_and_taken_away_again(open_page: OpenPage, shipped_url: str) -> None:
    page = open_page(f"{shipped_url}/doctor", viewport={"width": 390, "height": 844})
    at_rest(page)
    page.locator(".st-key-bring input[type=file]").set_input_files(
        [npy(np.arange(512).reshape(2, 16, 16) % 16, "i.npy"), npy(np.array([{}], dtype=object), "evil.npy")]
    )
    expect(page.get_by_text("evil.npy cannot be read: it holds Python objects, and no numbers.")).to_be_visible()
    expect(page.get_by_text("1 of 4 lines is yellow")).to_be_visible()
    at_rest(page)
    page.get_by_text("How the tensors are read").click()
    page.get_by_label("Codebook size", exact=True).fill("16")
    page.get_by_label("Codebook size", exact=True).press("Enter")
    expect(page.get_by_text("All 3 lines are green.")).to_be_visible()
    at_rest(page)
    assert not sideways(page) and not small_targets(page) and not axe_violations(page)
    page.get_by_role("button", name="Remove mine").click()
    expect(page.get_by_text(re.compile("of 11 lines are yellow"))).to_be_visible()
