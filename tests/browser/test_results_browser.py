"""The Results page in a real browser: charts are drawn, a dot opens its model in Compare, the photo stays the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from pages import axe_violations, changed, click, screenshot, settled, sideways, small_targets
from paths import CHECKPOINTS
from playwright.sync_api import Locator, Page, expect

from rfsq.app.results.curves import score_rows
from rfsq.app.results.parts import PARTS
from rfsq.evidence.results import read_results
from rfsq.figures.equal_bits import equal_bits
from rfsq.figures.metric import METRICS
from rfsq.photos.gallery import EXAMPLES

NEEDED = ("vq-4096", "fsq-8x8x8x8", "rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm")
OpenPage = Callable[..., Page]


def choose(page: Page, group: str, name: str) -> None:
    click(page.get_by_role("radiogroup", name=group).get_by_role("radio").filter(has_text=name).first)


def dot_of(page: Page, name: str) -> Locator:
    """A model's dot in the bands; the strokes of its other training runs are points as well."""
    results, metric = read_results(CHECKPOINTS / "results.json"), METRICS["psnr_db"]
    traces = equal_bits(score_rows(results, metric), metric).data
    points = [trace.customdata[0][0] if trace.customdata else None for trace in traces for _ in trace.x]
    return page.locator(".st-key-results-bands .scatterlayer .point").nth(points.index(name))


def click_dot(page: Page, name: str) -> None:
    """Click a model's dot where it is: plotly's own layer lies over it."""
    dot = dot_of(page, name)
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".st-key-results-bands .hoverlayer .hovertext").first.wait_for()  # plotly knows where the mouse is
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def chart(page: Page, key: str) -> str:
    return page.locator(f".st-key-{key} .main-svg").first.inner_html()


def test_a_dot_opens_its_model_in_compare_with_the_photo_of_before(open_page: OpenPage, app_url: str) -> None:
    page = open_page(app_url)
    page.wait_for_selector(".viewer figure canvas")
    click(page.get_by_role("radiogroup", name="Photo").get_by_role("radio").nth(2))
    expect(page.locator(".st-key-hint")).to_contain_text(EXAMPLES[2].title)  # the server knows
    settled(page)

    page.get_by_test_id("stTopNavLink").filter(has_text="Results").click()
    page.locator(".st-key-results-bands .scatterlayer .point").first.wait_for()
    page.locator(".st-key-results-pair .main-svg").first.wait_for()  # the last figure of the part
    settled(page)
    click_dot(page, "vq-4096")
    opened = page.locator(".st-key-results-bands-box [class*='st-key-open-']")
    expect(opened).to_contain_text("VQ-EMA 4096, 1 stage, beside FSQ 8·8·8·8")
    dot = dot_of(page, "vq-4096").bounding_box()
    button = opened.get_by_role("button", name="Open in Compare")
    place = button.bounding_box()
    assert dot is not None and place is not None and abs(place["y"] - dot["y"]) < 150  # beside the dot
    click(button)

    for method in ("vq-4096", "fsq-8x8x8x8"):
        expect(page.locator(f".viewer figure[data-method='{method}']")).to_be_visible()
    expect(page.get_by_role("radiogroup", name="Photo").get_by_role("radio").nth(2)).to_be_checked()
    expect(page.locator(".viewer figure")).to_have_count(3)


def test_every_control_changes_its_chart(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/results")
    page.locator(".st-key-results-bands .scatterlayer .point").first.wait_for()
    page.locator(".st-key-results-pair .main-svg").first.wait_for()
    settled(page)
    for group, name, key in (
        ("Metric", "L1", "results-bands"),
        ("Measure", "entropy", "results-stages"),
        ("Models", "2 stages", "results-stages"),
    ):
        read = partial(chart, key=key)
        before = read(page)
        choose(page, group, name)
        changed(page, read, before)
    settled(page)
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_nothing_scrolls_sideways_and_screenshots_are_kept(
    open_page: OpenPage, app_url: str, scheme: str, width: int
) -> None:
    page = open_page(f"{app_url}/results", viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.locator(".st-key-results-pair .main-svg").first.wait_for()
    settled(page)
    if width < 400:
        # Names stand above the plot, which takes the whole width.
        plot = page.locator(".st-key-results-bands .nsewdrag").first.bounding_box()
        assert plot is not None and plot["width"] > 250
    for name, part in PARTS.items():
        choose(page, "Part of the results", part.label)
        expect(page.get_by_role("heading", level=1)).to_have_text(part.title)
        settled(page)
        assert not sideways(page) and not axe_violations(page), name
        assert width > 400 or not small_targets(page), name
        page.screenshot(path=screenshot(f"results-{name}-{scheme}-{width}"))
