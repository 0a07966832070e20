"""The part "Codebook life" without a browser: each control changes what is shown."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from app_pages import parts, run_at, texts
from streamlit.testing.v1 import AppTest

from rfsq.app.lab.guided import Step
from rfsq.app.lab.life.lesson import LESSON
from rfsq.app.lab.life.settings import LifeView, write_life_link
from rfsq.teaching.lab.life import METHODS


def open_part(**query: str) -> AppTest:
    script = "from rfsq.app.lab.page import lab_page\nlab_page()\n"
    return run_at(AppTest.from_string(script, default_timeout=240), **({"part": "life", "methods": "fsq"} | query))


def settings(page: AppTest) -> LifeView:
    found: LifeView = page.session_state["lab-life"].settings
    return found


def words(page: AppTest) -> str:
    return texts(page) + "\n".join(block.value for block in page.markdown)


def table(page: AppTest) -> str:
    """The table of ends."""
    return next(str(block.proto.body) for block in page.get("html") if "rfsq-table" in str(block.proto.body))


@pytest.mark.slow
def test_the_first_view_is_the_collapse_with_all_methods() -> None:
    page = open_part(methods=",".join(METHODS))
    assert "FSQ need no tricks" in page.title[0].value
    assert {"rfsq_lab_life", "plotly_chart"} <= parts(page)
    assert "plain VQ 1," in words(page) and "“FSQ needs no tricks”: as far as use goes, true of these 3 runs" in words(
        page
    )
    assert all(method.label in table(page) for method in METHODS.values()) and "k-means" in table(page)
    assert "LFQ has 4 channels here" in words(page)


@pytest.mark.slow
def test_every_control_changes_what_is_shown() -> None:
    page = open_part()
    seen = [table(page)]
    page.selectbox(key="life-source").set_value("mixture").run()
    seen.append(table(page))
    page.segmented_control(key="life-start").set_value("latents").run()
    seen.append(table(page))
    page.segmented_control(key="life-encoder").set_value("learns").run()
    seen.append(table(page))
    page.segmented_control(key="life-codes").set_value(8).run()
    seen.append(table(page))
    page.segmented_control(key="life-rate").set_value(0.03).run()
    seen.append(table(page))
    page.number_input(key="life-seed").set_value(3).run()
    seen.append(table(page))
    page.pills(key="life-methods").set_value(["fsq", "straight-through"]).run()
    seen.append(table(page))
    page.segmented_control(key="life-commitment").set_value(1.0).run()
    seen.append(table(page))
    assert len(set(seen)) == len(seen)
    page.segmented_control(key="life-drawn").set_value(2).run()
    assert not page.exception and "seed 2 of 3" in words(page)
    assert settings(page) == LifeView(
        source="mixture",
        codes=8,
        start="latents",
        encoder="learns",
        rate=0.03,
        commitment=1.0,
        seed=3,
        methods=("straight-through", "fsq"),
        drawn=2,
        step="",
    )


def test_the_last_method_cannot_be_taken_away() -> None:
    page = open_part()
    page.pills(key="life-methods").set_value([]).run()
    assert not page.exception and settings(page).methods == ("fsq",)
    assert page.pills(key="life-methods").value == ["fsq"]


def test_a_step_s_text_goes_when_its_start_or_encoder_is_left_and_stays_otherwise() -> None:
    page = open_part()
    assert "**1.** " in words(page)
    page.selectbox(key="life-source").set_value("ring").run()
    assert "**1.** " in words(page)
    page.segmented_control(key="life-encoder").set_value("learns").run()
    assert "**1.** " not in words(page) and settings(page).step == ""


@pytest.mark.parametrize("step", LESSON.steps, ids=lambda step: step.name)
def test_each_step_opens_from_its_link_and_says_what_to_do(step: Step[LifeView]) -> None:
    link = dict(parse_qsl(write_life_link(step.settings), keep_blank_values=True))
    page = open_part(**link | {"methods": "fsq"})
    assert step.watch in words(page) and "FSQ" in table(page)


def test_a_link_hides_controls_and_never_results() -> None:
    page = open_part(hide="parts,lesson,source,start,encoder,codes,more")
    assert not page.segmented_control and not page.selectbox and not page.pills
    assert {"rfsq_lab_life", "plotly_chart"} <= parts(page) and "rfsq_guided_steps" not in parts(page)


def test_without_fsq_there_is_no_verdict() -> None:
    page = open_part(methods="lfq")
    assert "needs no tricks”" not in words(page) and "LFQ" in table(page)


def test_the_photo_s_latents_are_a_source_and_so_are_other_channels() -> None:
    page = open_part(source="photo", photo="grass")
    assert not page.warning and "Latents of the photo, channels 1 and 2" in words(page)
    before = table(page)
    page.segmented_control(key="life-a").set_value(3).run()
    assert "channels 4 and 2" in words(page) and table(page) != before
    page.segmented_control(key="life-b").set_value(3).run()
    assert settings(page).channels == (3, 1), "two different channels"


def test_without_a_model_the_part_says_that_there_are_no_latents(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = open_part(source="photo")
    assert "no source “photo”" in page.info[0].value and table(page)
    page.selectbox(key="life-source").set_value("photo").run()
    assert "no trained model" in page.warning[0].value


def test_what_a_link_asks_for_in_vain_is_said() -> None:
    page = open_part(codes="5", at="7000")
    assert "2 things" in page.expander[0].label and settings(page) == LifeView(methods=("fsq",))


def test_what_was_computed_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_part()

    def never(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr("rfsq.app.lab.life.lives.learn", never)
    page.segmented_control(key="life-drawn").set_value(3).run()
    assert not page.exception
