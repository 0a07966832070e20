"""Every page with charts gives them for slides in the same way: with their settings, and named from what they show."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_pages import open_at, run_until
from paths import CHECKPOINTS
from PIL import Image
from streamlit.testing.v1 import AppTest

from rfsq.app.doctor.pictures import DoctorPictures
from rfsq.app.doctor.settings import OWN
from rfsq.app.doctor.slides import doctor_slides
from rfsq.app.doctor.work import Examined
from rfsq.app.how_it_works.paths import path_of
from rfsq.app.how_it_works.settings import TokenSettings
from rfsq.app.how_it_works.slides import how_slides
from rfsq.app.results.parts import PARTS
from rfsq.app.results.settings import ResultsSettings
from rfsq.app.results.slides import GROUPED_NOTE, has_slides, results_slides
from rfsq.app.shared.photo_strip import example_photo
from rfsq.app.shared.slides import box
from rfsq.app.shared.slides.offer import PicturesOffer, SlideOffer, ViewOffer
from rfsq.app.shared.working_photo import working_photo
from rfsq.app.train.recorded import recorded_run
from rfsq.evidence.doctor.tensors import TensorReport
from rfsq.evidence.findings import findings
from rfsq.evidence.results import load_results
from rfsq.figures.enlarged import DOT_PX, LINE_PX
from rfsq.figures.slide_chart import HEIGHT, slide_chart, slide_scale, smallest_text
from rfsq.style.palette import Theme

CLOUDS = ("residual", "samples")  # traces of thousands of points


def opened(path: str, **query: str) -> AppTest:
    """The page with its popover open."""
    page = open_at(path, **query)
    page.session_state["slides"] = True
    page.run()
    assert not page.exception
    return page


def saved(page: AppTest) -> tuple[str, dict[str, Any]]:
    """The name of the file, and the chart that is saved."""
    (chart,) = [chart.proto for chart in page.get("plotly_chart") if '"svg"' in chart.proto.config]
    return json.loads(chart.config)["toImageButtonOptions"]["filename"], json.loads(chart.spec)


def foot(chart: dict[str, Any]) -> str:
    return str(chart["layout"]["annotations"][-1]["text"])


@pytest.fixture
def offers(monkeypatch: pytest.MonkeyPatch) -> list[SlideOffer]:
    """What open popovers were offered, the latest last."""
    found: list[SlideOffer] = []
    first = box._chart_button

    def keep(offer: SlideOffer, theme: Theme) -> None:
        found.append(offer)
        first(offer, theme)

    monkeypatch.setattr(box, "_chart_button", keep)
    return found


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))


def fits(offer: SlideOffer) -> dict[str, str]:
    """What stands below each chart, once every one is a slide of 1080 lines with text of 24 px, lines of 4 and dots of 12."""
    below = {}
    for called, given in offer.charts.items():
        chart = slide_chart(given.draw(), given.notes)
        assert (chart.layout.height, smallest_text(chart)) == (HEIGHT, 24), called
        scale = slide_scale(chart)
        for trace in chart.data:
            line = trace.line.width if "line" in trace and "lines" in (trace.mode or "lines") else None
            assert not line or line < 1.5 or line * scale >= LINE_PX - 1e-9, called
            if "marker" in trace and trace.type == "scatter" and trace.name not in CLOUDS:
                sizes = np.atleast_1d(trace.marker.size if trace.marker.size is not None else 0)
                assert all(size * scale >= DOT_PX - 1e-9 for size in sizes if size), called
        below[called] = foot(json.loads(chart.to_json())).replace("<br>", " ")
    names = [given.file for given in offer.charts.values()]
    assert len(set(names)) == len(names), "no chart overwrites another"
    return below


def pictures_fit(offer: SlideOffer) -> None:
    """The still, and a sequence of as many frames as have a head; none higher than a slide."""
    assert isinstance(offer.view, PicturesOffer)
    still = Image.open(io.BytesIO(box._still(offer.view, "light")))
    assert still.width == 1920 and still.height <= 1080
    if offer.sequence is not None:
        for picture in offer.sequence.make():
            assert len(picture.frames) in (1, len(offer.sequence.heads))


@pytest.fixture
def untrained(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))


def test_the_lab_gives_both_charts_with_source_and_stack(untrained: None) -> None:
    page = opened("lab", conditioning="scale")
    name, chart = saved(page)
    assert name == "lab_gaussian_scale_left-over"
    assert "Source: Gaussian; FSQ, 4 stages of 4 levels a channel, in two dimensions; thick: scale." in foot(chart)
    page.selectbox(key="slide-chart-choice").set_value("distortion against bits").run()
    assert saved(page)[0] == "lab_gaussian_scale_distortion-against-bits"


@pytest.mark.slow
def test_rate_distortion_gives_pictures_stages_and_chart_with_the_bytes(
    untrained: None, offers: list[SlideOffer]
) -> None:
    page = opened("rate-distortion", size="128")
    name, chart = saved(page)
    offer = offers[-1]
    assert name == f"{offer.file}_psnr_db" and name.startswith("cat_")
    assert "Photo: Cat, 128 × 128 pixels. Stefan van der Walt, CC0." in foot(chart) and "file · " in foot(chart)
    assert offer.sequence is not None
    fits(offer)
    original, ours = offer.sequence.make()
    assert len(offer.sequence.heads) == len(ours.frames) and original.frames[0].shape == ours.frames[0].shape
    assert [caption[1].endswith("bpp") for caption in ours.captions] == [True] * len(ours.frames)
    assert isinstance(offer.view, ViewOffer) and offer.view.title.endswith(
        "beside JPEG 4:2:0, WebP 4:2:0 and AVIF 4:2:0"
    )


@pytest.mark.slow
def test_the_lab_gives_the_plane_and_of_a_photo_the_picture_after_each_stage(
    shipped: None, offers: list[SlideOffer]
) -> None:
    opened("lab", source="photo", stages="3", stage="2")
    offer = offers[-1]
    assert {"left over", "distortion against bits", "stage 2 on the plane"} <= set(offer.charts)
    assert all("Photo: Cat. Stefan van der Walt, CC0." in text for text in fits(offer).values())
    pictures_fit(offer)
    assert offer.sequence is not None and len(offer.sequence.heads) == 3
    _, decoded = offer.sequence.make()
    scores = [float(caption[1].split()[1].replace("\u202f", " ").split()[0]) for caption in decoded.captions]
    assert scores == sorted(scores), "every stage adds something"


@pytest.mark.slow
def test_the_design_desk_gives_its_grids(shipped: None, offers: list[SlideOffer]) -> None:
    page = opened("lab", part="desk", levels="5")
    assert saved(page)[0] == "lab-desk_cat_all_5-levels_cells_1-of-2"
    below = fits(offers[-1])
    assert ["3 of 5 grids" in text or "2 of 5 grids" in text for text in below.values()] == [True, True]
    text = next(iter(below.values()))
    assert "latents of the photo" in text and "Photo: Cat. Stefan van der Walt, CC0." in text and "`" not in text


@pytest.mark.slow
def test_codebook_life_gives_its_film_and_its_ends(untrained: None, offers: list[SlideOffer]) -> None:
    page = opened("lab", part="life", methods="fsq", at="150")
    offer = offers[-1]
    assert saved(page)[0] == "lab-life_gaussian_corner_ends"
    (text,) = fits(offer).values()
    assert "16 codes; start: codes in a far corner; encoder: frozen" in text
    pictures_fit(offer)
    assert isinstance(offer.view, PicturesOffer) and offer.view.title == "Step 150 of 300"
    assert offer.sequence is not None and offer.sequence.heads[0] == "Step 0 of 300"
    assert (len(offer.sequence.heads), offer.sequence.heads[-1]) == (7, "Step 300 of 300")
    (still, *_), (moving, *_) = offer.view.make(), offer.sequence.make()
    np.testing.assert_array_equal(still.frames[0], moving.frames[3])
    assert still.captions[0] == moving.captions[3] and "of 16 codes used" in still.captions[0][0]


@pytest.mark.slow
def test_own_quantizers_give_cells_and_bits(start_with: Callable[..., None], offers: list[SlideOffer]) -> None:
    start_with("TwoStages")
    page = open_at("lab", part="own")
    page.session_state["slides"] = True
    run_until(page, lambda: offers)
    below = fits(offers[-1])
    assert set(below) == {"cells", "distortion against bits"}
    assert all("Source: Gaussian, seed 0." in text for text in below.values())


@pytest.mark.slow
def test_how_it_works_gives_the_picture_after_each_stage_and_number_lines(
    shipped: None, offers: list[SlideOffer]
) -> None:
    opened("how-it-works", stage="2")
    offer = offers[-1]
    assert list(offer.charts) == ["stage 2", "stage 1", "stage 3", "stage 4"], "the open one first"
    assert all("the token in row " in text and "Photo: Cat" in text for text in fits(offer).values())
    pictures_fit(offer)
    assert offer.sequence is not None and len(offer.sequence.heads) == 4
    original, decoded = offer.sequence.make()
    assert original.frames[0].shape == decoded.frames[0].shape and "20\u202fbits per token" in decoded.captions[-1][1]


@pytest.mark.slow
def test_codes_without_levels_have_pictures_and_no_number_lines(shipped: None) -> None:
    working = working_photo(example_photo("cat"), "128")
    found = path_of(working, "rvq-4x1024")
    offer = how_slides(
        TokenSettings(model="rvq-4x1024", row=0, column=0), example_photo("cat"), working, found, "light"
    )
    assert not offer.charts
    pictures_fit(offer)


def test_train_gives_the_recorded_run_with_what_it_is_no_evidence_for(
    untrained: None, offers: list[SlideOffer]
) -> None:
    page = opened("train")
    offer = offers[-1]
    assert saved(page)[0] == "train_rfsq-4x1024-scale_recorded_curves"
    (text,) = fits(offer).values()
    assert "Recorded run" in text and "is no evidence about quantizers" in text and "Photo: Cat" in text
    pictures_fit(offer)
    assert isinstance(offer.view, PicturesOffer)
    original, drawn = offer.view.make()
    assert drawn.captions[0][0].startswith("Recorded run, after 60 s")
    np.testing.assert_array_equal(drawn.frames[0], recorded_run().pixels)
    assert original.frames[0].shape == drawn.frames[0].shape


@pytest.mark.slow
def test_the_doctor_gives_every_chart_of_its_report(shipped: None, offers: list[SlideOffer]) -> None:
    page = opened("doctor", example="decay")
    offer = offers[-1]
    assert saved(page)[0] == "doctor_decay_entropy"
    assert {"entropy of each stage", "signal of each stage", "levels of stage 1", "use of the codes"} <= set(
        offer.charts
    )
    assert all("Example “" in text for text in fits(offer).values())


def test_many_stages_and_channels_are_dealt_to_slides_and_each_says_which_it_shows() -> None:
    random = np.random.default_rng(0)
    counts = tuple(random.integers(1, 9, 900) for _ in range(16))
    shares = tuple(((0.25,) * 4,) * 16 for _ in range(2))
    pictures = DoctorPictures(counts, (1024,) * 20, (9.0,) * 20, (1.0,) * 20, shares)
    report = TensorReport(1, 1, 900, None, "first", "first", (1024,) * 20, True, 200.0, ())
    offer = doctor_slides(Examined(report, pictures), OWN, "light")
    below = fits(offer)
    use = [name for name in below if name.startswith("use of the codes")]
    assert use == ["use of the codes, stages 1 to 8", "use of the codes, stages 9 to 16"]
    assert "Stages 9 to 16 of 20." in below[use[1]] and "Own tensors." in below[use[1]]
    assert "<b>Stage 9</b>" in str(offer.charts[use[1]].draw().layout.annotations[0].text)


@pytest.mark.slow
def test_results_give_every_chart_with_what_was_measured_and_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))
    results = load_results()
    assert results is not None
    page = opened("results")
    name, chart = saved(page)
    assert name == "results_psnr_db_equal-bits_1-of-4"
    assert f"{results.images} photos of {results.folder}" in foot(chart) and "bootstrap" in foot(chart)
    offers = {part: results_slides(results, ResultsSettings(part), "light") for part in PARTS if has_slides(part)}
    assert {finding.claim for finding in findings(results)} <= set(offers["findings"].charts)
    assert page.selectbox(key="slide-chart-choice").options == list(offers["bits"].charts)
    for offer in offers.values():
        for called, text in fits(offer).items():
            assert re.search("photos of .*(python -m rfsq|measured by) ", text) or GROUPED_NOTE in text, called
