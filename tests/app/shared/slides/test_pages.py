"""Every page with charts gives them for slides in the same way: with their settings, and named from what they show."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from app_pages import open_at
from paths import CHECKPOINTS
from streamlit.testing.v1 import AppTest

from rfsq.app.rate_distortion import slides as rd
from rfsq.app.results.slides import GROUPED_NOTE, results_slides
from rfsq.evidence.findings import findings
from rfsq.evidence.results import load_results
from rfsq.figures.metric import METRICS
from rfsq.figures.slide_chart import HEIGHT, slide_chart, smallest_text


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
    untrained: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = []
    first = rd.rd_slides

    def keep(*arguments: Any) -> Any:
        offers.append(first(*arguments))
        return offers[-1]

    monkeypatch.setattr("rfsq.app.rate_distortion.page.rd_slides", keep)
    page = opened("rate-distortion", size="128")
    name, chart = saved(page)
    offer = offers[-1]
    assert name == f"{offer.file}_psnr_db" and name.startswith("cat_")
    assert "Photo: Cat, 128 × 128 pixels. Stefan van der Walt, CC0." in foot(chart) and "file · " in foot(chart)
    original, ours = offer.sequence.make()
    assert len(offer.sequence.heads) == len(ours.frames) and original.frames[0].shape == ours.frames[0].shape
    assert [caption[1].endswith("bpp") for caption in ours.captions] == [True] * len(ours.frames)
    assert offer.view.title.endswith("beside JPEG 4:2:0, WebP 4:2:0 and AVIF 4:2:0")


@pytest.mark.slow
def test_results_give_every_chart_with_what_was_measured_and_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))
    results = load_results()
    assert results is not None
    page = opened("results")
    name, chart = saved(page)
    assert name == "results_psnr_db_equal-bits_1-of-4"
    assert f"{results.images} photos of {results.folder}" in foot(chart) and "bootstrap" in foot(chart)
    offer = results_slides(results, METRICS["psnr_db"], "light")
    assert {finding.claim for finding in findings(results)} <= set(offer.charts)
    assert page.selectbox(key="slide-chart-choice").options == list(offer.charts)
    for called, given in offer.charts.items():
        drawn = slide_chart(given.draw(), given.notes)
        text = str(drawn.layout.annotations[-1].text).replace("<br>", " ")
        assert re.search("photos of .*(python -m rfsq|measured by) ", text) or GROUPED_NOTE in text, called
        assert (drawn.layout.height, smallest_text(drawn)) == (HEIGHT, 24), called
    files = [given.file for given in offer.charts.values()]
    assert len(set(files)) == len(files), "no chart overwrites another"
