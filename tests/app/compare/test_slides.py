"""What the Compare page gives for slides says what is on the screen, with settings, photo and licence."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from app_pages import open_app
from PIL import Image
from streamlit.testing.v1 import AppTest

from rfsq.app.compare import keep
from rfsq.app.compare.slides import TOO_LARGE, compare_slides
from rfsq.app.compare.view import View
from rfsq.app.shared import working_photo
from rfsq.app.shared.slides import box
from rfsq.app.shared.slides.offer import SlideOffer
from rfsq.figures.enlarged import DOT_PX
from rfsq.figures.slide_chart import HEIGHT, slide_chart, slide_scale, smallest_text

Open = Callable[..., tuple[AppTest, View, SlideOffer]]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens an address: the page, what its last run showed, and what it offers for slides."""
    views: list[View] = []

    def keep_view(view: View) -> SlideOffer:
        views.append(view)
        return compare_slides(view)

    monkeypatch.setattr(keep, "compare_slides", keep_view)

    def open_page(**query: str) -> tuple[AppTest, View, SlideOffer]:
        page = open_app(**query)
        assert not views, "nothing is made while the popover is shut"
        page.session_state["slides"] = True
        page.run()
        assert not page.exception
        return page, views[-1], compare_slides(views[-1])

    return open_page


@pytest.mark.slow
def test_the_stages_are_those_of_the_page_with_its_scores_and_prices(opened: Open) -> None:
    _, view, offer = opened(preset="conditioning", stages="2")
    assert offer.file == "cat_none-scale-layernorm"
    assert offer.sequence is not None and len(offer.sequence.heads) == 4
    original, *methods = offer.sequence.make()
    np.testing.assert_array_equal(original.frames[0], view.working.pixels)
    assert [picture.method for picture in methods] == list(view.choice.shown)
    for picture in methods:
        for k, (pixels, caption) in enumerate(zip(picture.frames, picture.captions, strict=True), start=1):
            decoded = view.pictures[picture.method].frames[k]
            np.testing.assert_array_equal(pixels, decoded.pixels)
            assert caption[0].startswith(f"{decoded.psnr_db:.1f}\u202fdB · {k} of 4 stages")
            assert f"{10 * k}\u202fbits/token" in caption[1] and "bpp" in caption[1]


def test_every_slide_names_models_photo_and_licence(opened: Open) -> None:
    _, view, offer = opened(preset="conditioning")
    assert offer.view is not None and offer.sequence is not None
    (chart,) = offer.charts.values()
    for notes in (offer.view.notes, offer.sequence.notes, chart.notes):
        text = " ".join(notes)
        assert "RFSQ 4×1024 none; RFSQ 4×1024 scale; RFSQ 4×1024 layernorm." in text
        assert "Photo: Cat, 128 × 128 pixels. Stefan van der Walt, CC0." in text
    assert all(f"{view.label(name)}, 4 of 4 stages: 40\u202fbits/token" in chart.notes[0] for name in view.choice.shown)


def test_the_chart_of_scores_fits_a_slide_and_is_named_so(opened: Open) -> None:
    _, view, offer = opened(preset="conditioning", scale="scores")
    ((called, given),) = offer.charts.items()
    assert (called, given.file) == ("scores", "scores")
    chart = slide_chart(given.draw(), given.notes)
    assert (chart.layout.height, smallest_text(chart)) == (HEIGHT, 24)
    dots = [dot for dot in chart.data if dot.mode == "markers+text"]
    assert len(dots) == 2 * len(view.panels), "both scores of every picture"
    assert all(dot.marker.size * slide_scale(chart) >= DOT_PX for dot in dots)


@pytest.mark.slow
def test_the_downloads_are_what_they_are_called(opened: Open) -> None:
    _, _, offer = opened(preset="stages", conditioning="scale")
    assert offer.sequence is not None
    for kind in ("webp", "gif"):
        image = Image.open(io.BytesIO(box._animation(offer.sequence, "dark", kind)))  # type: ignore[arg-type]
        assert (image.format, image.n_frames, image.width) == (kind.upper(), 4, 1920)


def test_the_popover_offers_all_of_it_and_the_chart_as_it_will_be(opened: Open) -> None:
    page, _, offer = opened(preset="conditioning")
    downloads = {element.proto.id.rsplit("-", 2)[-1]: element.proto.label for element in page.get("download_button")}
    assert {"Stages 1 to 4 (animated WebP)", "Stages 1 to 4 (animated GIF)"} <= set(downloads.values())
    assert len([e for e in page.get("bidi_component") if e.proto.component_name == "rfsq_slide_button"]) == 2
    saved = [chart for chart in page.get("plotly_chart") if '"format":"svg"' in chart.proto.config.replace(" ", "")]
    assert len(saved) == 1
    assert f'"filename":"{offer.file}_left-over"' in saved[0].proto.config.replace(" ", "")


def test_a_photo_that_would_take_minutes_has_a_sentence_instead_of_an_animation(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_photo, "QUICK_PIXELS", 1000)
    page, _, offer = opened(preset="conditioning")
    assert offer.sequence is None and offer.no_sequence == TOO_LARGE
    assert TOO_LARGE in [caption.value for caption in page.caption]
