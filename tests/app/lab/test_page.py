"""The Lab page without a browser: each control changes what is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from app_pages import run_at
from streamlit.testing.v1 import AppTest

from rfsq.app.lab.guided import Step
from rfsq.app.lab.lesson import LESSON
from rfsq.app.lab.settings import LabSettings, write_lab_link
from rfsq.quantizers import CONDITIONINGS


def open_page(**query: str) -> AppTest:
    script = "from rfsq.app.lab.page import lab_page\nlab_page()\n"
    return run_at(AppTest.from_string(script, default_timeout=120), **query)


def lines(page: AppTest) -> dict[str, list[float]]:
    """The residual chart's lines by name."""
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    return {trace["name"]: trace["y"] for trace in figure["data"]}


def titles(page: AppTest) -> str:
    """All that stands in Markdown and HTML, in plain spaces."""
    return "\n".join(str(block.value) for block in [*page.markdown, *page.get("html")]).replace("\u202f", " ")


def texts(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.caption, *page.info, *page.warning, *page.markdown])


def test_the_first_view_is_the_decay_with_all_strategies_in_the_chart() -> None:
    page = open_page()
    assert page.title[0].value == "Why does the remainder become hard to round, and what helps?"
    found = lines(page)
    assert set(found) == set(CONDITIONINGS)
    assert found["none"][4] > 5 * found["scale"][4]
    assert page.segmented_control(key="lab-conditioning").value == "none"


def test_the_charts_title_is_about_the_strategy_in_the_plane_whatever_stage_is_shown() -> None:
    page = open_page()
    assert "2 stages of none leave 22 % of the source, all 4 leave 19 %" in titles(page)
    page = open_page(conditioning="geometric", stage="1")
    assert re.search("4 stages of geometric leave [0-9.]+ % of the source, of none 19 %", titles(page))
    page = open_page(conditioning="scale", stage="1", stages="1")
    assert "1 stage of scale leaves" in titles(page)


def test_every_control_changes_what_is_shown_and_leaves_the_setting_before_in_grey() -> None:
    page = open_page()
    before = lines(page)["none"]
    page.selectbox(key="lab-source").set_value("uniform").run()
    assert lines(page)["none"] != before and any(y == before[1] for y in lines(page)["none"]) is False
    page.segmented_control(key="lab-stages").set_value(6).run()
    assert len(lines(page)["none"]) == 7
    page.segmented_control(key="lab-conditioning").set_value("scale").run()
    assert "factors, by hand and by gradient" in " ".join(str(block.value) for block in page.subheader)
    page.slider(key="lab-levels").set_value(8).run()
    page.segmented_control(key="lab-base").set_value("vq").run()
    assert "rvq" in lines(page) and page.segmented_control(key="lab-conditioning").disabled
    page.segmented_control(key="lab-base").set_value("lfq").run()
    assert "2 bits" in texts(page)
    page.selectbox(key="lab-fitted_on").set_value("gaussian").run()
    assert "Fitted on: Gaussian" in texts(page)
    page.toggle(key="lab-entropy").set_value(True).run()
    assert "Entropies are of single stages" in texts(page)
    page.number_input(key="lab-seed").set_value(3).run()
    assert not page.exception


def test_the_gradient_s_factors_become_the_reader_s() -> None:
    page = open_page(conditioning="scale", stages="2", v="1")
    assert "The best of the grid leaves" in texts(page)
    page.button(key="lab-gradient").click().run()
    assert not page.exception
    factors = page.session_state["lab"].settings.factors
    assert len(factors) == 2 and factors[0] < 1 < factors[1]
    assert "These leave" in texts(page)
    page.button(key="lab-grid").click().run()
    assert page.session_state["lab"].settings.factors == ()


def test_a_link_hides_controls_and_never_results() -> None:
    page = open_page(hide="parts,lesson,source,conditioning,stages,more,factors", conditioning="scale")
    assert not page.segmented_control and not page.selectbox and not page.button
    assert len(page.get("plotly_chart")) == 2


def test_the_photo_s_latents_are_shown_with_what_was_done_to_them() -> None:
    page = open_page(source="photo", photo="grass")
    assert not page.warning, page.warning
    assert "tokens of the photo, channels 1 and 2 of `continuous-5`" in texts(page)
    assert page.session_state["lab"].settings.photo == "grass"
    before = [image.proto.imgs[0] for image in page.get("image")]
    assert len(before) == 2 and "after 2 of 4 stages: PSNR" in before[1].caption
    page.segmented_control(key="lab-conditioning").set_value("geometric").run()
    after = [image.proto.imgs[0] for image in page.get("image")]
    assert after[0].url == before[0].url and after[1].url != before[1].url
    page.selectbox(key="lab-source").set_value("ring").run()
    assert not page.get("image")


def test_without_a_model_the_page_says_that_there_are_no_latents(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = open_page(source="photo")
    assert "no source “photo”" in page.info[0].value and lines(page)
    page.selectbox(key="lab-source").set_value("photo").run()
    assert "no trained model" in page.warning[0].value


@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_every_strategy_is_explained(conditioning: str) -> None:
    page = open_page(conditioning=conditioning)
    assert any(caption.value.startswith(f"{conditioning}: ") for caption in page.caption)


@pytest.mark.parametrize("step", LESSON.steps, ids=lambda step: step.name)
def test_each_step_says_what_to_do_and_what_its_runs_show(step: Step[LabSettings]) -> None:
    page = open_page(**dict(parse_qsl(write_lab_link(step.settings), keep_blank_values=True)))
    shown = texts(page)
    assert step.watch in shown
    found = {"decay": "cells in use", "scale": "of the source, none", "geometric": "costs it the far samples"}
    assert found.get(step.name, "itted to this source") in shown


def test_a_step_that_is_obeyed_keeps_its_text_and_its_sentences_follow() -> None:
    step = next(step for step in LESSON.steps if step.name == "layernorm")
    page = open_page(**dict(parse_qsl(write_lab_link(step.settings), keep_blank_values=True)))
    before = texts(page)
    page.selectbox(key="lab-fitted_on").set_value("same").run()
    assert step.watch in texts(page)
    page.number_input(key="lab-seed").set_value(1).run()
    after = texts(page)
    assert step.watch in after and "Fitted to this source" in before and after != before
    page.segmented_control(key="lab-conditioning").set_value("none").run()
    assert step.watch not in texts(page)  # another subject
