"""The Lab page: links restore every state, each control changes what is shown, the lesson is in order."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given, settings as limits, strategies as st
from streamlit.testing.v1 import AppTest

from rfsq.app.lab.lesson import LESSON, STEPS
from rfsq.app.lab.plane import PlaneState, plane_payload, with_report
from rfsq.app.lab.settings import CONTROLS, PHASES, SAMPLES, SOURCE_NAMES, LabSettings, read_lab_link, write_lab_link
from rfsq.teaching.lab import Stack, draw, fit_stack, run_stack

PHOTOS = ("cat", "grass")


def read(values: dict[str, str]) -> tuple[LabSettings, tuple[str, ...]]:
    return read_lab_link(values, photos=PHOTOS, steps=STEPS)


@pytest.mark.parametrize(
    "settings",
    [
        LabSettings(),
        LabSettings(
            "photo",
            "layernorm",
            3,
            "lfq",
            7,
            "ring",
            (0.5, 2.0, 8.25),
            True,
            12,
            (3, 1),
            "grass",
            3,
            "left",
            True,
            99,
            ("lesson", "more"),
            "tail",
        ),
        *(step.settings for step in LESSON),
    ],
)
def test_a_link_of_ours_restores_every_value(settings: LabSettings) -> None:
    assert read(dict(parse_qsl(write_lab_link(settings), keep_blank_values=True))) == (settings, ())


@pytest.mark.parametrize(
    ("values", "changed", "words"),
    [
        ({"stages": "9"}, {"stages": 8}, "asks for 9 stages"),
        ({"stages": "two"}, {}, "no whole number"),
        ({"levels": "1"}, {"levels": 2}, "asks for 1 levels"),
        ({"source": "<b>"}, {}, "no source"),
        ({"factors": "1,nan,1,1"}, {}, "not numbers"),
        ({"factors": "1,2"}, {}, "2 factors for 4 stages"),
        ({"factors": "1,1,1,1e30"}, {}, "not numbers"),
        ({"channels": "1,1"}, {}, "two different"),
        ({"channels": "0.5,1"}, {}, "two different"),
        ({"probe": "5000"}, {"probe": SAMPLES - 1}, "5000"),
        ({"hide": "source,results"}, {"hide": ("source",)}, "no control"),
        ({"v": "7"}, {}, "version 7"),
        ({"photo": "own"}, {}, "no example photo"),
        ({"step": "last"}, {}, "no step"),
    ],
)
def test_wrong_values_are_replaced_and_said(values: dict[str, str], changed: dict[str, object], words: str) -> None:
    settings, notes = read(values)
    assert settings == replace(LabSettings(), **changed)  # type: ignore[arg-type]
    assert len(notes) == 1 and words in notes[0] and "<" not in notes[0]


@limits(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(
            sorted(
                {
                    "v",
                    "source",
                    "stages",
                    "levels",
                    "factors",
                    "channels",
                    "probe",
                    "hide",
                    "stage",
                    "phase",
                    "seed",
                    "bits",
                }
            )
        ),
        st.text(max_size=60),
    )
)
def test_whatever_a_link_holds_the_settings_make_sense(values: dict[str, str]) -> None:
    settings, _ = read(values)
    settings.stack()
    assert settings.source in SOURCE_NAMES and settings.phase in PHASES and 1 <= settings.stage <= settings.stages
    assert set(settings.hide) <= set(CONTROLS)


def test_the_plane_gets_the_samples_and_the_codes_of_every_stage() -> None:
    run = run_stack(fit_stack(Stack("fsq", "scale", 4, 3), draw("ring", 300, 0)), draw("ring", 200, 1))
    payload = plane_payload(run, "scale", LabSettings(stage=2, probe=150), source_key="ring", command=5)
    assert payload == plane_payload(run, "scale", LabSettings(stage=2, probe=150), source_key="ring", command=5)
    assert payload[:4] == b"RFSL"
    length = struct.unpack("<I", payload[4:8])[0]
    header = json.loads(payload[8 : 8 + length])
    assert header["command"] == 5 and header["state"] == {"stage": 2, "phase": "enters", "magnify": False, "probe": 150}
    first = np.frombuffer(payload, "<f4", 400, 8 + length).reshape(200, 2)
    indices = np.frombuffer(payload, np.uint8, 600, 8 + length + 1600).reshape(3, 200)
    left = first.astype(np.float64)
    for stage, row in zip(header["stages"], indices, strict=True):
        left = left - np.array(stage["codes"])[row]
    np.testing.assert_allclose(left, run.stages[-1].left, atol=1e-5)


def test_a_report_of_the_plane_never_leads_beyond_the_stack() -> None:
    settings = with_report(LabSettings(stages=3), PlaneState(8, "left", True, 17))
    assert (settings.stage, settings.phase, settings.magnify, settings.probe) == (3, "left", True, 17)


def open_page(**query: str) -> AppTest:
    script = "from rfsq.app.lab import lab_page\nlab_page()\n"
    page = AppTest.from_string(script, default_timeout=120)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def lines(page: AppTest) -> dict[str, list[float]]:
    """The residual chart's lines by name."""
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    return {trace["name"]: trace["y"] for trace in figure["data"]}


def texts(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.caption, *page.info, *page.warning, *page.markdown])


def test_the_first_view_is_the_decay_with_all_strategies_in_the_chart() -> None:
    page = open_page()
    assert page.title[0].value == "Why does the remainder become hard to round, and what helps?"
    found = lines(page)
    assert set(found) == {"none", "scale", "layernorm", "layernorm-global", "geometric"}
    assert found["none"][4] > 5 * found["scale"][4]
    assert page.segmented_control(key="lab-conditioning").value == "none"


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
    factors = page.session_state["lab"].factors
    assert len(factors) == 2 and factors[0] < 1 < factors[1]
    assert "These leave" in texts(page)
    page.button(key="lab-grid").click().run()
    assert page.session_state["lab"].factors == ()


def test_a_link_hides_controls_and_never_results() -> None:
    page = open_page(hide="lesson,source,conditioning,stages,more,factors", conditioning="scale")
    assert not page.segmented_control and not page.selectbox and not page.button
    assert len(page.get("plotly_chart")) == 2


def test_the_photo_s_latents_are_shown_with_what_was_done_to_them() -> None:
    page = open_page(source="photo", photo="grass")
    assert not page.warning, page.warning
    assert "tokens of the photo, channels 1 and 2 of `continuous-5`" in texts(page)
    assert page.session_state["lab"].photo == "grass"


def test_without_a_model_the_page_says_that_there_are_no_latents(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = open_page(source="photo")
    assert "no trained model" in page.warning[0].value
