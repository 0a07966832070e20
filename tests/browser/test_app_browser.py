"""The real app in a real browser: first picture without a click, every control, an upload, a link, four looks.

The models are tiny and untrained (tests/browser needs no training); screenshots land in .screenshots.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pages import axe_violations, changed, compared, screenshot, settled, sideways, small_targets
from paths import ROOT
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]


def drawn(page: Page) -> str:
    """All pictures of the viewer as they are on screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    canvases = page.locator(".viewer figure canvas")
    return "".join(canvases.evaluate_all("all => all.map((canvas) => canvas.toDataURL())"))


def chart(page: Page) -> str:
    return page.locator(".st-key-residual .main-svg").first.inner_html()


def table(page: Page) -> str:
    return page.locator(".rfsq-table").inner_html()


def option(page: Page, group: str, name: str | None = None, number: int = 0) -> None:
    """Choose in a segmented control, by name or by number."""
    options = page.get_by_role("radiogroup", name=group).get_by_role("radio")
    (options.filter(has_text=name) if name else options.nth(number)).first.click()


def preset(page: Page, name: str) -> None:
    page.locator(".st-key-preset").get_by_role("combobox").click()
    page.get_by_role("option", name=name).click()


def test_every_control_changes_picture_chart_or_table(open_page: OpenPage, app_url: str) -> None:
    page = open_page(app_url)
    run = compared(page)
    assert page.locator(".viewer figure").count() == 4, "the original and three methods, without a click"
    before = (drawn(page), chart(page), table(page))

    option(page, "Photo", number=1)
    run = compared(page, run)
    after = tuple(changed(page, read, old) for read, old in zip((drawn, chart, table), before, strict=True))

    option(page, "Conditioning", "layernorm-global")
    run = compared(page, run)
    expect(page.locator(".viewer figure")).to_have_count(3)  # beside none
    lines, numbers = changed(page, chart, after[1]), changed(page, table, after[2])
    compared(page)

    page.locator(".viewer").focus()
    page.keyboard.press("ArrowLeft")
    run = compared(page, run)
    expect(page.locator(".viewer .stage-text")).to_have_text("Stages: 3 of 4")
    changed(page, chart, lines)
    assert "3 of 4" in changed(page, table, numbers)

    page.locator(".rfsq-table tr[data-method]").nth(1).hover()  # marked in the viewer and in the chart as well
    hot = page.locator(".viewer figure[data-hot], .viewer .film-row[data-hot], .rfsq-table tr[data-hot]")
    expect(hot).to_have_count(3)
    strengths = "all => all.map((line) => line.style.opacity).filter((strength) => strength !== '0.25').length"
    assert page.locator(".st-key-residual .scatterlayer > .trace").evaluate_all(strengths) == 1

    for view in ("Divider", "Flip", "Error map", "Grid"):
        pictures = drawn(page)
        page.locator(".viewer").get_by_role("group", name="View").get_by_role("button", name=view).click()
        changed(page, drawn, pictures)
        run = compared(page, run)

    lines = chart(page)
    page.get_by_role("radio", name="signal ÷ spacing").click()
    run = compared(page, run)
    changed(page, chart, lines)

    page.get_by_role("button", name="More", exact=True).click()
    option(page, "Working size", "128 px")
    run = compared(page, run)
    expect(page.locator(".viewer .zoom-text")).to_contain_text("128")
    option(page, "Size family", "2 stages")
    run = compared(page, run)
    expect(page.locator(".viewer .stage-text")).to_have_text("Stages: 2 of 2")
    option(page, "Device", "CPU")
    run = compared(page, run)
    page.keyboard.press("Escape")

    preset(page, "VQ · FSQ · RFSQ")
    run = compared(page, run)
    expect(page.locator(".viewer .notice")).to_contain_text("Not a fair comparison: RFSQ")
    preset(page, "stages 1 → S")
    run = compared(page, run)
    expect(page.locator(".viewer figure")).to_have_count(3)
    preset(page, "grouped")
    run = compared(page, run)
    expect(page.locator(".viewer figure[data-method='rfsq-4x1024-geometric']")).to_be_visible()

    page.get_by_role("radio", name="equal bytes").click()
    run = compared(page, run)
    expect(page.locator(".viewer .stage-text")).to_contain_text("Stages of RFSQ grouped: ")
    expect(page.locator(".viewer .stages").nth(1)).to_contain_text("of 4 stages")
    expect(page.locator(".viewer .film")).to_be_hidden()
    page.get_by_role("radio", name="equal bits").click()
    run = compared(page, run)

    page.get_by_text("Index maps and code usage").click()
    expect(page.locator(".st-key-index-1 .main-svg").first).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download table (CSV)").click()
    lines_of_csv = Path(waiting.value.path()).read_text().splitlines()
    assert len(lines_of_csv) == 1 + 12, "three methods at four stage counts"


def test_an_upload_is_shown_and_a_bad_one_keeps_the_view(open_page: OpenPage, app_url: str, tmp_path: Path) -> None:
    page = open_page(app_url)
    run = compared(page)
    before = drawn(page)
    upload = page.locator(".st-key-bring input[type=file]")
    upload.set_input_files(ROOT / "rfsq" / "photos" / "gallery_photos" / "coffee.webp")
    run = compared(page, run)
    expect(page.locator(".viewer .zoom-text")).to_contain_text("256 × 171")
    mine = changed(page, drawn, before)

    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").filter(has_text="Your own photo is not in it")).to_be_visible()

    broken = tmp_path / "broken.jpg"
    broken.write_bytes((ROOT / "rfsq" / "photos" / "gallery_photos" / "rocket.jpg").read_bytes()[:2000])
    upload.set_input_files(broken)
    expect(page.get_by_test_id("stAlert")).to_contain_text("The file ends too early")
    run = compared(page, run)
    assert drawn(page) == mine
    page.get_by_test_id("stAlert").scroll_into_view_if_needed()
    page.screenshot(path=screenshot("app-bad-upload"))

    # A reload loses nothing: the browser has the last one that could be read.
    page.wait_for_url("**photo=own**")
    page.reload()
    expect(page.locator(".viewer .zoom-text")).to_contain_text("256 × 171")
    expect(page.get_by_test_id("stAlert")).to_be_hidden()
    settled(page)
    mine = drawn(page)

    # A pasted picture takes the same way.
    photo = (ROOT / "rfsq" / "photos" / "gallery_photos" / "retina.jpg").read_bytes()
    page.evaluate(
        """bytes => {
            const carrier = new DataTransfer();
            carrier.items.add(new File([new Uint8Array(bytes)], "pasted.jpg", { type: "image/jpeg" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carrier, bubbles: true }));
        }""",
        list(photo),
    )
    expect(page.locator(".viewer .zoom-text")).not_to_contain_text("171")
    changed(page, drawn, mine)
    expect(page.get_by_test_id("stAlert")).to_be_hidden()


def test_a_copied_link_restores_the_view_in_a_fresh_browser(open_page: OpenPage, app_url: str) -> None:
    page = open_page(app_url, permissions=["clipboard-read", "clipboard-write"])
    run = compared(page)
    option(page, "Photo", number=4)
    run = compared(page, run)
    option(page, "Conditioning", "scale")
    run = compared(page, run)
    page.locator(".viewer").focus()
    page.keyboard.press("ArrowLeft")
    run = compared(page, run)
    page.keyboard.press("d")
    compared(page, run)
    page.wait_for_url("**view=divider**")
    page.locator(".viewer select[data-side=left]").select_option("original")
    page.locator(".viewer .divide").evaluate("node => { node.value = 310; node.dispatchEvent(new Event('input')); }")
    page.locator(".viewer").focus()
    for key in "++p":
        page.keyboard.press(key)
    picture = page.locator(".viewer figure canvas").bounding_box()
    assert picture
    page.mouse.move(picture["x"] + 200, picture["y"] + 100)
    page.mouse.down()
    page.mouse.move(picture["x"] + 263, picture["y"] + 71)
    page.mouse.up()
    page.mouse.move(5, 5)
    page.wait_for_url(re.compile("at=.*pixels="))
    before = ""
    while before != (
        before := page.url
    ):  # the hand rests: a link that changes again is no longer the one that was copied
        page.wait_for_timeout(500)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").filter(has_text="Link copied.")).to_be_visible()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    values = parse_qs(urlsplit(link).query)
    assert values["v"] == ["1"] and values["stages"] == ["3"] and values["view"] == ["divider"]
    assert values["left"] == ["original"] and values["divider"] == ["0.31"] and "zoom" in values and "at" in values
    expect(page).to_have_url(link)  # a reload restores the view, too

    fresh = open_page(link)
    compared(fresh)
    expect(fresh.locator(".viewer .stage-text")).to_have_text("Stages: 3 of 4")
    assert fresh.locator(".viewer").get_attribute("data-view") == "divider"
    assert drawn(fresh) == drawn(page)
    assert fresh.get_by_test_id("stAlert").count() == 0


@pytest.mark.parametrize(("width", "height", "scheme", "least"), [(1440, 900, "light", 430), (1920, 1080, "dark", 500)])
def test_full_screen_is_for_the_pictures_with_claim_controls_and_chart(
    open_page: OpenPage, app_url: str, width: int, height: int, scheme: str, least: int
) -> None:
    page = open_page(
        f"{app_url}/?preset=conditioning&conditioning=scale",
        viewport={"width": width, "height": height},
        color_scheme=scheme,
    )
    compared(page)
    page.wait_for_selector(".st-key-residual .main-svg")
    page.get_by_role("button", name="Full", exact=True).click()
    page.wait_for_function(
        "document.fullscreenElement && document.querySelector('.st-key-stage') === document.fullscreenElement"
    )
    panes = page.locator(".viewer .pane")
    expect(panes).to_have_count(3)
    page.wait_for_function(
        "least => [...document.querySelectorAll('*')].some((node) => "
        "node.shadowRoot?.querySelector('.viewer .pane')?.getBoundingClientRect().width >= least)",
        arg=least,
    )
    for element in (*panes.all(), *page.locator(".viewer figcaption").all()):
        box = element.bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height, "above the fold, words included"
    assert page.locator(".st-key-claimed strong").is_visible()
    sizes = page.evaluate(
        """() => {
            const found = [];
            const look = (root) => { for (const node of root.querySelectorAll("*")) {
                if (node.shadowRoot) look(node.shadowRoot);
                const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
                if (own && node.checkVisibility?.() && !node.closest("style, .live, svg"))
                    found.push(parseFloat(getComputedStyle(node).fontSize));
            } };
            look(document.fullscreenElement);
            return found;
        }"""
    )
    assert min(sizes) >= 24 * height / 1080 - 0.1
    page.screenshot(path=screenshot(f"app-full-{scheme}"))
    page.locator(".st-key-residual").scroll_into_view_if_needed()
    chart_box = page.locator(".st-key-residual .js-plotly-plot").bounding_box()
    assert chart_box and chart_box["y"] < height and chart_box["width"] > width / 3
    page.screenshot(path=screenshot(f"app-full-{scheme}-chart"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080), (390, 844)])
def test_it_looks_right_light_dark_wide_and_narrow(
    open_page: OpenPage, app_url: str, width: int, height: int, scheme: str
) -> None:
    page = open_page(app_url, viewport={"width": width, "height": height}, color_scheme=scheme)
    compared(page)
    page.wait_for_selector(".st-key-residual .main-svg")
    assert not sideways(page)
    picture = page.locator(".viewer figure canvas").first.bounding_box()
    assert picture and picture["y"] + picture["height"] <= height, "the first picture is below the fold"
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == ("rgb(14, 17, 23)" if scheme == "dark" else "rgb(255, 255, 255)")
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid=stMain] p, [data-testid=stMain] td, "
            + "[data-testid=stMain] th, [data-testid=stMain] label")]
            .filter((node) => node.innerText?.trim() && node.offsetParent)
            .map((node) => parseFloat(getComputedStyle(node).fontSize))"""
    )
    assert min(sizes) >= 14
    assert not axe_violations(page)
    assert width > 400 or not small_targets(page)
    heights = [
        page.locator(part).first.evaluate("node => node.offsetHeight") for part in (".stage", ".st-key-claimed p")
    ]
    assert max(heights) < 150, "as high as what stands in it"
    page.screenshot(path=screenshot(f"app-{width}-{scheme}"))
    page.locator(".rfsq-table").scroll_into_view_if_needed()
    page.screenshot(path=screenshot(f"app-{width}-{scheme}-table"))
