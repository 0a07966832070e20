"""What a speaker takes along, in a real browser: pictures twice as large, stages as an animation, charts with text as text.

The models are tiny and untrained unless RFSQ_SCREENSHOT_CHECKPOINTS names others; screenshots land in .screenshots.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from pages import axe_violations, screenshot, settled, sideways
from PIL import Image
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
SVG = "{http://www.w3.org/2000/svg}"


def open_box(page: Page) -> None:
    page.wait_for_selector("h1")
    settled(page)
    page.get_by_role("button", name="For slides").click()
    page.get_by_text("Text is made for a slide of 1080 lines").wait_for()
    settled(page)


def download(page: Page, button: str, folder: Path) -> Path:
    """What a button of the popover gives; the popover stays open."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    expect(page.get_by_role("button", name=button)).to_be_visible()
    return file


def svg_texts(file: Path) -> tuple[ElementTree.Element, dict[str, float]]:
    """The drawing, and its texts with their sizes in pixels of the drawing's own size."""
    root = ElementTree.parse(file).getroot()
    scale = float(root.attrib["width"]) / float(root.attrib["viewBox"].split()[2])
    sizes = {}
    for node in root.iter(f"{SVG}text"):
        text, size = "".join(node.itertext()), re.search(r"font-size: ([\d.]+)px", node.attrib.get("style", ""))
        if text.strip() and size:
            sizes[text] = scale * float(size[1])
    return root, sizes


def without_ids(file: Path) -> str:
    """A drawing without the names that it and its traces have among all of its page."""
    svg = file.read_text(encoding="utf-8")
    found = re.search(r'id="defs-([0-9a-f]{6})"', svg)
    assert found is not None
    return re.sub("trace[0-9a-f]{6}", "trace", svg.replace(found[1], ""))


def test_the_pictures_of_compare_are_saved_twice_as_large_as_they_stand(
    open_page: OpenPage, app_url: str, tmp_path: Path
) -> None:
    page = open_page(f"{app_url}/?size=128&preset=conditioning")
    page.wait_for_selector(".viewer figure canvas")
    open_box(page)
    assert axe_violations(page) == []
    page.screenshot(path=screenshot("slides-compare"))
    pane = page.locator(".viewer figure[data-figure='original'] .pane").bounding_box()
    assert pane is not None
    drawn = page.locator(".viewer figure[data-method='rfsq-4x1024-scale'] canvas").evaluate(
        "canvas => [canvas.width, canvas.height, [...canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data]]"
    )
    file = download(page, "Pictures (PNG)", tmp_path)
    assert file.name == "cat_none-scale-layernorm_stages-4-of-4.png"
    image = np.asarray(Image.open(file).convert("RGB"))
    assert image.shape[1] > 4 * 2 * pane["width"] and image.shape[0] > 2 * pane["height"]
    # An edge of 32 pixels, no ink to the left of the pictures, and below them lines of text.
    page_colour = image[0, 0]
    assert (image[:, :30] == page_colour).all()
    ink = (image != page_colour).any(axis=2)
    rows = np.flatnonzero(ink[:, 32 : 32 + int(2 * pane["width"])].mean(axis=1) > 0.95)
    assert len(rows) >= 2 * pane["height"] - 4, "the original is twice as high"
    assert ink[rows[-1] + 12 :].any() and ink[: rows[0] - 8].any()
    assert drawn[0] == pytest.approx(pane["width"], abs=1)


def test_the_divider_is_saved_as_it_stands(open_page: OpenPage, app_url: str, tmp_path: Path) -> None:
    page = open_page(f"{app_url}/?size=128&preset=conditioning&view=divider&divider=0.25")
    page.wait_for_selector(".viewer figure canvas")
    open_box(page)
    file = download(page, "Pictures (PNG)", tmp_path)
    assert file.name == "cat_none-scale-layernorm_divider_stages-4-of-4.png"
    image = np.asarray(Image.open(file).convert("RGB")).astype(int)
    white = (image == 255).all(axis=2)
    pane = page.locator(".viewer figure .pane").bounding_box()
    assert pane is not None
    wide = 2 * pane["width"]
    rows = np.flatnonzero((~white).sum(axis=1) > 0.97 * wide)  # of the picture
    columns = np.flatnonzero((~white[rows]).mean(axis=0) > 0.9)
    assert columns[-1] - columns[0] + 1 == pytest.approx(wide, abs=2)
    line = columns[0] + np.flatnonzero(white[rows, columns[0] : columns[-1]].mean(axis=0) > 0.99)
    assert 4 <= len(line) <= 8, "the line of the divider is drawn, three pixels wide on the page"
    assert (line.mean() - columns[0]) / wide == pytest.approx(0.25, abs=0.01)


def test_stages_are_an_animation_of_a_frame_each_with_the_last_one_held(
    open_page: OpenPage, app_url: str, tmp_path: Path
) -> None:
    page = open_page(f"{app_url}/?size=128&preset=conditioning", color_scheme="dark")
    page.wait_for_selector(".viewer figure canvas")
    open_box(page)
    for kind in ("WebP", "GIF"):
        file = download(page, f"Stages 1 to 4 (animated {kind})", tmp_path)
        assert file.name == f"cat_none-scale-layernorm_stages-1-to-4.{kind.lower()}"
        image = Image.open(file)
        assert (image.format, image.n_frames, image.width) == (kind.upper(), 4, 1920)
        durations = []
        for frame in range(4):
            image.seek(frame)
            image.load()
            durations.append(image.info["duration"])
        assert durations == [500, 500, 500, 2500]
        corner = np.asarray(image.convert("RGB"))[2, 2]
        assert corner.max() < 60, "in the page's own colours"


def test_the_chart_is_an_svg_of_1080_lines_with_text_that_can_be_read(
    open_page: OpenPage, app_url: str, tmp_path: Path
) -> None:
    page = open_page(f"{app_url}/?size=128&preset=conditioning", viewport={"width": 390, "height": 844})
    page.wait_for_selector(".viewer figure canvas")
    open_box(page)
    assert not sideways(page)
    page.locator(".st-key-slide-svg").scroll_into_view_if_needed()
    page.screenshot(path=screenshot("slides-phone"))
    file = download(page, "Chart (SVG)", tmp_path)
    assert file.name == "cat_none-scale-layernorm_left-over.svg"
    root, texts = svg_texts(file)
    assert (root.attrib["width"], root.attrib["height"]) == ("1920", "1080")
    assert any("stages used" in text for text in texts) and any("Stefan van der Walt, CC0" in text for text in texts)
    assert min(texts.values()) >= 23.99, texts
    shifted = [node.attrib["dy"] for node in root.iter() if "em" in node.attrib.get("dy", "") and "y" in node.attrib]
    assert not shifted, "programs for slides ignore a shift in em and write all lines on the first"
    page.set_viewport_size({"width": 1440, "height": 900})
    settled(page)
    folder = tmp_path / "wide"
    folder.mkdir()
    wide = download(page, "Chart (SVG)", folder)
    assert without_ids(wide) == without_ids(file), "a phone saves what a laptop saves"
    scale = 1920 / float(root.attrib["viewBox"].split()[2])
    lines = re.findall(r'class="js-line"[^>]*stroke-width: ([\d.]+)px', file.read_text(encoding="utf-8"))
    curves = [width for width in map(float, lines) if width >= 1.5]  # thinner ones are guides
    assert len(curves) >= 3 and min(curves) * scale >= 3.99


@pytest.mark.parametrize(
    ("path", "name"), [("lab", "lab_gaussian_none_left-over"), ("results", "results_psnr_db_equal-bits_1-of-4")]
)
def test_other_pages_give_their_charts_in_the_same_way(
    path: str, name: str, open_page: OpenPage, app_url: str, tmp_path: Path
) -> None:
    page = open_page(f"{app_url}/{path}", color_scheme="dark", viewport={"width": 1920, "height": 1080})
    open_box(page)
    assert axe_violations(page) == []
    page.locator(".st-key-slide-svg").scroll_into_view_if_needed()
    page.screenshot(path=screenshot(f"slides-{path}"))
    preview = page.locator(".st-key-slide-preview").bounding_box()
    drawn = page.locator(".st-key-slide-chart .main-svg").first.bounding_box()
    assert preview is not None and drawn is not None
    assert drawn["width"] <= preview["width"] and drawn["height"] == pytest.approx(preview["height"], abs=2)
    file = download(page, "Chart (SVG)", tmp_path)
    assert file.name == f"{name}.svg"
    root, texts = svg_texts(file)
    assert float(root.attrib["height"]) == pytest.approx(1080, abs=1)
    assert any("made by" in text or "Source:" in text for text in texts)
