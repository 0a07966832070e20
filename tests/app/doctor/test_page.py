"""The page "Doctor" without a browser: examples, a person's own tensors, and what cannot be used."""

from __future__ import annotations

import csv
import io
import json
import shlex
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from app_pages import texts
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from rfsq.app.doctor import page as doctor_page_module
from rfsq.app.doctor.lines import lines_html, summary
from rfsq.app.doctor.work import examine_own
from rfsq.commands.cli import main
from rfsq.evidence.doctor import Line
from rfsq.evidence.doctor.planted import planted


def opened(**query: str) -> AppTest:
    def script() -> None:
        from rfsq.app.doctor.page import doctor_page

        doctor_page()

    page = AppTest.from_function(script, default_timeout=120)
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploader = page.file_uploader[0]
    uploader.set_value([(name, content, "application/octet-stream") for name, content in files]).run()
    assert not page.exception
    return page


def verdicts(page: AppTest) -> str:
    return next(text.value for text in page.markdown if "lines" in text.value or "line is" in text.value)


def downloads(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the buttons would give, by their labels."""
    given: dict[str, object] = {}

    def button(label: str, data: object, **_: object) -> None:
        given[label] = data

    monkeypatch.setattr(doctor_page_module.st, "download_button", button)
    page.run()
    monkeypatch.undo()
    return given


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "red", "yellow"),
    [
        ("sound", (), ()),
        ("decay", (), ("codebook use", "entropy, bits", "signal ÷ spacing", "index ↔ code")),
        ("dead", ("codebook use",), ("entropy, bits",)),
        ("bfloat16", ("index range", "index ↔ code"), ("codebook use",)),
    ],
)
def test_each_example_shows_what_was_planted(name: str, red: tuple[str, ...], yellow: tuple[str, ...]) -> None:
    page = opened(example=name)
    says = verdicts(page)
    for verdict, checks in (("red", red), ("yellow", yellow)):
        assert (verdict in says) == bool(checks)
        assert all(f"“{check}”" in says for check in checks), says
    assert "“side information”" not in says, "no example has a normalisation to undo"
    assert "**All " in says or red or yellow
    assert page.get("plotly_chart") and not page.error and not page.info
    assert ("cannot be drawn: an index lies outside" in texts(page)) == (name == "bfloat16")


def test_examples_are_one_click_away_and_a_stage_s_levels_are_chosen() -> None:
    page = opened()
    assert page.segmented_control(key="doctor-example").value == "decay"
    page.segmented_control(key="doctor-stage").set_value(4).run()
    before = [chart.proto.spec for chart in page.get("plotly_chart")]
    page.segmented_control(key="doctor-stage").set_value(1).run()
    assert [chart.proto.spec for chart in page.get("plotly_chart")] != before
    page.segmented_control(key="doctor-example").set_value("dead").run()
    assert "is red" in verdicts(page) and not page.exception
    assert not any(control.key == "doctor-stage" for control in page.segmented_control)


@pytest.mark.parametrize("name", ["dead", "bfloat16"])
def test_the_report_is_that_of_the_command_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = opened(example=name)
    given = downloads(page, monkeypatch)
    file = tmp_path / f"{name}.safetensors"
    file.write_bytes(given["These tensors (.safetensors)"])  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)
    program, dash, package, *arguments = shlex.split(page.code[0].value)
    assert (program, dash, package) == ("python", "-m", "rfsq")
    assert main(arguments) == 1
    record = json.loads(str(given["Report (JSON)"]))
    assert json.loads((tmp_path / "doctor.json").read_text()) == record
    assert record["indices"] == file.name and record["sizes_stated"]
    rows = list(csv.DictReader(io.StringIO(str(given["Report (CSV)"]))))
    assert rows == record["lines"]
    capsys.readouterr()


@pytest.mark.slow
def test_own_tensors_are_read_guessed_and_reported() -> None:
    left = planted()["decay"].make().tensors
    assert left.indices is not None and left.latents is not None
    tensors = {
        "z": left.latents.movedim(1, -1).contiguous(),
        "stages": torch.stack(left.parts).movedim(2, -1).contiguous(),
    }
    page = upload(
        opened(),
        ("i.npy", npy(left.indices.movedim(1, -1).numpy().astype(np.uint16))),
        ("m.safetensors", save(tensors)),
    )
    assert page.segmented_control(key="doctor-example").value == "own"
    chosen = {box.label: box.value for box in page.selectbox}
    labels = {box.label: box.options for box in page.selectbox}
    assert labels["Latents"][1 + chosen["Latents"]].startswith("m.safetensors: z, float32 4×64×64×5")
    assert labels["Quantized latents"][1 + chosen["Quantized latents"]].startswith("m.safetensors: stages")
    assert labels["Channels of the latents"][0] == "by the shapes: last" == labels["Indices of a token"][0]
    assert page.text_input(key="doctor-sizes").placeholder.startswith("guessed: ")
    assert "“codebook size”" in verdicts(page) and "“signal ÷ spacing”" in verdicts(page)
    assert "--latents m.safetensors:z --quantized m.safetensors:stages" in page.code[0].value
    page.text_input(key="doctor-levels").set_value("4 4 4 4 4").run()
    assert "“codebook size”" not in verdicts(page) and "of 11 lines are yellow" in verdicts(page) and not page.error
    page.text_input(key="doctor-levels").set_value("4 4 4").run()
    assert page.error[0].value == "3 levels do not fit latents of 5 channels."
    page.text_input(key="doctor-levels").set_value("").run()
    page.selectbox(key="doctor-channels").set_value("first").run()
    assert "do not fit 4 images of" in page.error[0].value
    page.button(key="doctor-forget").click().run()
    assert page.segmented_control(key="doctor-example").value == "decay" and not page.error and not page.selectbox


def test_work_that_is_cancelled_leaves_the_files_and_begins_again_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, wait = threading.Event(), [True]

    def slow(*arguments: object) -> object:
        while wait[0] and not held.wait(0.05):
            arguments[3](0, 1, "index range")  # type: ignore[operator]
        return examine_own(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(doctor_page_module, "examine_own", slow)
    monkeypatch.setattr(doctor_page_module.st, "rerun", doctor_page_module.st.stop)  # one look of the page at a time
    page = upload(opened(), ("i.npy", npy(np.arange(256).reshape(1, 16, 16))))
    page.button(key="doctor-cancel").click().run()
    assert page.segmented_control(key="doctor-example").value == "decay" and not page.exception
    wait[0] = False
    page.segmented_control(key="doctor-example").set_value("own").run()
    assert "codebook size" in verdicts(page) and not page.exception


def test_latents_alone_have_a_report() -> None:
    page = upload(opened(), ("z.npy", npy(np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype(np.float32))))
    assert verdicts(page) == "**The one line is green.**" and not page.get("plotly_chart")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("o.npy", b"\x93NUMPY garbage", "o.npy cannot be read: "),
        ("m.pt", b"PK", "m.pt is neither .npy nor .safetensors."),
        ("half.safetensors", save({"z": torch.zeros(9)})[:60], "half.safetensors cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_used_leaves_the_view_as_it_was(name: str, content: bytes, sentence: str) -> None:
    page = upload(opened(example="dead"), (name, content))
    assert page.error[0].value.startswith(sentence) and "is red" in verdicts(page)
    assert page.segmented_control(key="doctor-example").value == "dead"


def test_tensors_that_make_no_sense_are_a_sentence_beside_their_controls() -> None:
    broken = np.zeros((2, 3, 8, 8), dtype=np.float32)
    broken[0, 0, 0, 0] = np.nan
    page = upload(opened(), ("z.npy", npy(broken)))
    assert page.error[0].value == "z.npy holds 1 of 384 values that are not finite (NaN or infinity)."
    assert [box.label for box in page.selectbox][:3] == ["Indices", "Latents", "Quantized latents"]


def test_a_large_tensor_is_looked_at_in_part_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rfsq.app.doctor.work.MOST_VALUES", 256)
    page = upload(opened(), ("i.npy", npy(np.arange(8 * 64).reshape(8, 8, 8) % 16)))
    assert "4 images (of 8)" in texts(page) and "values of a tensor are looked at here" in texts(page)


def test_without_the_network_of_the_examples_own_tensors_still_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = opened()
    assert "The examples need the network continuous-5" in page.info[0].value
    upload(page, ("i.npy", npy(np.arange(256).reshape(1, 16, 16))))
    assert "codebook size" in verdicts(page)


def test_lines_are_escaped_and_what_is_wrong_comes_first() -> None:
    lines = (Line("a", "green", "fine", "s"), Line("<b>", "red", "<script>", "x & y", "mend <it>"))
    html = lines_html(lines, "light", folded=False)
    assert html.index("&lt;b&gt;") < html.index("fine") and "<script>" not in html and "mend &lt;it&gt;" in html
    assert "<details" in lines_html(lines, "dark", folded=True) and "<details" not in lines_html(
        lines[:1], "dark", folded=True
    )
    assert summary(lines) == "**1 of 2 lines is red**: “<b>”."
