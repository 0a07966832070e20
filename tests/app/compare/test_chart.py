"""The chart of the Compare page: what its title reads off, and which curves it draws."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from app_pages import open_app, texts

from rfsq.app.compare import chart as chart_module
from rfsq.app.compare.words import scores_title
from rfsq.figures.picture_scores import PictureScore
from rfsq.style.wording import format_db, format_score, listed


def test_the_chart_headlines_the_pictures_where_lines_do_not_compare(drawn: Any) -> None:
    page = open_app()
    assert drawn.chart["title"] is None  # one network, one scale: what is left may be the headline
    page.selectbox(key="preset").set_value("equal").run()
    assert str(drawn.chart["title"]).startswith("Best picture: ") and "unequal" not in str(drawn.chart["title"])
    assert "On this photo, at 40" in texts(page) and "need not be a better picture" in texts(page)
    page.selectbox(key="preset").set_value("quantizers").run()
    assert str(drawn.chart["title"]).endswith("at unequal bits")
    assert "(12\u202fbits)" in texts(page) and "(40\u202fbits)" in texts(page)


def test_the_signal_chart_says_which_stages_waste_their_levels(drawn: Any) -> None:
    page = open_app(scale="signal")
    assert "In its last stage" in str(drawn.chart["title"])
    assert "half a spacing" in texts(page) and len(drawn.curves) == 5
    page.selectbox(key="preset").set_value("quantizers").run()
    assert "vq-4096" not in [curve.method for curve in drawn.curves], "it has no levels"
    assert str(drawn.arguments["film_note"])


def test_the_chart_of_scores_shows_those_of_the_pictures_and_says_who_leads(drawn: Any) -> None:
    page = open_app(scale="scores", preset="conditioning", stages="4")
    assert [one.method for one in drawn.scores] == drawn.names and drawn.chart["perceptual"]
    for one, method in zip(drawn.scores, drawn.methods, strict=True):
        psnr, *_, distance = method.frames[3].scores.split(" · ")
        assert psnr == format_db(one.psnr_db) and distance.endswith(f"\u00a0{format_score(one.st_lpips)}")
        assert one.name == method.label.removeprefix("RFSQ "), "equal bits stand in the title, not at the names"
    assert str(drawn.chart["title"]).startswith("At 40\u202fbits per token: ")
    least = min(format_score(one.st_lpips) for one in drawn.scores)
    leading = [one.name for one in drawn.scores if format_score(one.st_lpips) == least]
    assert listed(leading) in drawn.chart["title"] or "all are level in" in drawn.chart["title"]
    assert "on another the order may differ" in texts(page)

    page.selectbox(key="preset").set_value("quantizers").run()
    assert str(drawn.chart["title"]).startswith("Not at equal bits: ")
    assert {one.price for one in drawn.scores} == {"12\u202fbits", "40\u202fbits"}
    assert not page.exception


def test_scores_that_cannot_be_measured_have_a_reason_and_no_panel(drawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_module, "st_lpips_reason", lambda working: "its weights are not here.")
    page = open_app(scale="scores")
    assert drawn.chart["perceptual"] is False and {one.st_lpips for one in drawn.scores} == {None}
    assert "ST-LPIPS: its weights are not here." in texts(page) and "ST-LPIPS" not in drawn.chart["title"]


def test_a_title_calls_level_what_nobody_sees() -> None:
    def title(*scores: tuple[str, float, float]) -> str:
        return scores_title(view, [PictureScore("fsq-40", *score) for score in scores])

    view = SimpleNamespace(
        plan=SimpleNamespace(reference=None),
        panels=[("fsq-40", 1)],
        pictures={"fsq-40": SimpleNamespace(rate=lambda k: SimpleNamespace(bits_per_token=40.0))},
    )
    start = "At 40\u202fbits per token: "
    assert (
        title(("a", 34.8, 0.02), ("b", 34.6, 0.015), ("c", 30, 0.03))
        == f"{start}a and b lead in PSNR, b leads in ST-LPIPS"
    )
    assert title(("a", 34.8, 0.02), ("b", 30, 0.03)) == f"{start}a leads in PSNR and ST-LPIPS"
    assert title(("a", 34.8, 0.0201), ("b", 34.7, 0.0202)) == f"{start}all are level in PSNR and ST-LPIPS"
    assert (
        title(("a", math.inf, 0.0), ("b", math.inf, 0.0), ("c", 40, 0.1)) == f"{start}a and b lead in PSNR and ST-LPIPS"
    )
    assert title(("a", 34.8, 0.02)) == "a: 34.8\u202fdB, ST-LPIPS 0.020"
