"""The Compare page without a browser: opens true, every control changes something, bad input keeps the view.

Runs on tiny untrained models in a folder of its own, so it says nothing about quality.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from paths import ROOT
from streamlit.testing.v1 import AppTest

from rfsq import __version__
from rfsq.app.compare.table import csv_table, score_table, scored_picture
from rfsq.app.shared import cache
from rfsq.app.viewer import Method
from rfsq.evidence.comparison import run_method, score
from rfsq.model.checkpoint import save_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within
from rfsq.photos.write import encode_png
from rfsq.style.palette import THEMES

SMALL = {"size": "128"}


def tiny_model(name: str) -> QuantizedAutoencoder:
    with torch.random.fork_rng():
        torch.manual_seed(sum(map(ord, name)))
        model = QuantizedAutoencoder(replace(ZOO[name], hidden=(8, 8))).eval()
        with torch.no_grad():
            for parameter in model.encoder.parameters():
                parameter.mul_(3)  # so that an untrained encoder's latents reach beyond one code
    return model


@pytest.fixture(scope="session")
def tiny_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    for name in ZOO:
        save_checkpoint(tiny_model(name), folder / f"{name}.safetensors", training={"note": "untrained, for tests"})
    return folder


@pytest.fixture(autouse=True)
def use_tiny_checkpoints(tiny_checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_checkpoints))


class Drawn:
    """What the page handed to the viewer and to the chart in its last run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from rfsq.app.compare import page

        self.methods: list[Method] = []
        self.arguments: dict[str, object] = {}
        self.curves: list[object] = []
        viewer, chart = page.show_viewer, page.residual_norms

        def show(original: np.ndarray, methods: list[Method], **arguments: object) -> object:
            self.original, self.methods, self.arguments = original, list(methods), arguments
            return viewer(original, methods, **arguments)  # type: ignore[arg-type]

        def norms(curves: list[object], **arguments: object) -> object:
            self.curves, self.chart = list(curves), arguments
            return chart(curves, **arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(page, "show_viewer", show)
        monkeypatch.setattr(page, "residual_norms", norms)

    @property
    def names(self) -> list[str]:
        return [method.name for method in self.methods]

    def emphasized(self) -> list[str]:
        return [curve.method for curve in self.curves if curve.emphasized]  # type: ignore[attr-defined]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(monkeypatch)


def open_page(query: dict[str, str] | None = None) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in (SMALL if query is None else query).items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def table_of(page: AppTest) -> str:
    found = [block.proto.body for block in page.get("html") if "data-method" in block.proto.body]
    assert len(found) == 1
    return str(found[0])


def texts(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.caption, *page.info, *page.warning, *page.error])


def test_the_first_view_is_none_scale_layernorm_at_equal_bits_with_scores(drawn: Drawn) -> None:
    page = open_page({})
    assert page.title[0].value == "What does conditioning do to my picture?"
    assert drawn.names == ["rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm"]
    assert drawn.arguments["stage"] == 4 and drawn.arguments["view"] == "grid"
    assert drawn.arguments["notice"] is None
    assert max(drawn.original.shape) == 256
    assert drawn.emphasized() == drawn.names
    assert len(drawn.curves) == 5, "the family's other strategies stay behind as grey lines"
    for method in drawn.methods:
        assert len(method.frames) == 4
        assert "SSIM" in method.frames[3].scores and method.frames[3].error is not None
        assert re.match(r"\S+\sdB", method.frames[0].scores)
    assert "side information" in drawn.methods[2].frames[3].rate
    assert "side information" not in drawn.methods[0].frames[3].rate
    table = table_of(page)
    assert table.count("<tr") == 5, "a head, three methods and the ceiling"
    assert "unquantized" in table and "…" not in table
    assert not page.error and not page.warning and not page.info
    assert "Photos stay" in texts(page) or "photos stay" in texts(page)


def test_every_control_changes_the_page(drawn: Drawn) -> None:
    page = open_page()
    seen = {"photo": drawn.original.tobytes(), "table": table_of(page)}

    page.segmented_control(key="photo").set_value("grass").run()
    assert drawn.original.tobytes() != seen["photo"] and table_of(page) != seen["table"]

    page.segmented_control(key="strategy-conditioning").set_value("scale").run()
    assert drawn.names == drawn.emphasized() == ["rfsq-4x1024-scale"]
    assert len(drawn.curves) == 5

    page.segmented_control(key="family").set_value("2x2048").run()
    assert drawn.names == ["rfsq-2x2048-scale"] and len(drawn.methods[0].frames) == 2
    assert drawn.arguments["stage"] == 2

    page.segmented_control(key="family").set_value("4x1024").run()
    assert drawn.arguments["stage"] == 4, "four stages stay four for a model that has them"

    page.toggle(key="raw").set_value(True).run()
    assert drawn.chart["relative"] is False

    page.segmented_control(key="size").set_value("256").run()
    assert max(drawn.original.shape) == 256
    page.segmented_control(key="device").set_value("cpu").run()
    assert not page.exception

    page.selectbox(key="preset").set_value("quantizers").run()
    assert drawn.names == ["vq-4096", "fsq-8x8x8x8", "rfsq-4x1024-layernorm"]
    notice = str(drawn.arguments["notice"])
    assert notice.startswith("Not a fair comparison:") and "40 bits per token" in notice and "12" in notice

    page.selectbox(key="preset").set_value("stages").run()
    assert [len(method.frames) for method in drawn.methods] == [1, 2, 3, 4]
    assert all(f"{k} of 4" in table_of(page) for k in (1, 2, 3, 4))
    assert "10" in str(drawn.arguments["notice"]) and "decoder that was trained on all stages" in texts(page)

    page.selectbox(key="preset").set_value("ours").run()
    assert drawn.names == ["rfsq-4x1024-grouped", "rfsq-4x1024-geometric", "rfsq-4x1024-layernorm"]

    page.selectbox(key="preset").set_value("equal").run()
    assert drawn.names == ["fsq-40-8x32", "rvq-4x1024", "rfsq-4x1024-layernorm", "rfsq-4x1024-grouped"]
    assert drawn.arguments["notice"] is None  # all at 40 bits: nothing to warn of

    page.selectbox(key="preset").set_value("own").run()
    assert "Choose up to four" in texts(page)
    page.multiselect(key="models").set_value(["lfq-12", "continuous-5"]).run()
    assert drawn.names == ["lfq-12", "continuous-5"]
    assert "not quantized" in str(drawn.arguments["notice"])
    assert not page.exception and not page.error

    page.selectbox(key="preset").set_value("conditioning").run()
    assert drawn.names == ["rfsq-4x1024-scale"], "the choice made before is still there"


def test_a_smaller_stage_count_moves_chart_and_table_and_says_what_it_means(drawn: Drawn) -> None:
    page = open_page({**SMALL, "stages": "2"})
    assert drawn.arguments["stage"] == 2 and drawn.chart["stage"] == 2
    assert "2 of 4" in table_of(page)
    assert "decoder that was trained on all stages" in texts(page)
    assert "decoder that was trained on all stages" not in texts(open_page())


def test_an_upload_becomes_the_photo_and_a_bad_one_keeps_it(drawn: Drawn) -> None:
    page = open_page()
    upload = fit_within(load_example("coffee"), 90)
    page.file_uploader(key="upload-0").set_value(("cup.png", encode_png(upload), "image/png")).run()
    np.testing.assert_array_equal(drawn.original, upload)
    assert page.segmented_control(key="photo").value == "own"
    assert "Your photo, 90 × 60 pixels." in texts(page)

    page.file_uploader(key="upload-1").set_value(("notes.txt", b"not a picture", "text/plain")).run()
    assert [error.value for error in page.error] == [
        "We cannot read this file as a picture. JPEG, PNG, WebP, AVIF, GIF and TIFF work."
    ]
    np.testing.assert_array_equal(drawn.original, upload)

    page.segmented_control(key="photo").set_value("cat").run()
    assert drawn.original.shape != upload.shape
    page.segmented_control(key="photo").set_value("own").run()
    np.testing.assert_array_equal(drawn.original, upload)


def test_a_link_restores_the_view_and_repairs_what_it_cannot_show(drawn: Drawn) -> None:
    query = {
        "v": "1",
        "photo": "astronaut",
        "size": "128",
        "preset": "stages",
        "family": "2x2048",
        "conditioning": "none",
        "stages": "9",
        "view": "flip",
        "device": "auto",
        "scale": "raw",
        "models": "",
    }
    page = open_page(query)
    assert [note.value for note in page.info] == ["The link asks for 9 stages, this model has 2. Showing 2."]
    assert [method.label for method in drawn.methods] == ["at most 1", "at most 2"]
    assert drawn.arguments["view"] == "flip" and drawn.chart["relative"] is False
    assert page.segmented_control(key="photo").value == "astronaut"
    page.segmented_control(key="size").set_value("256").run()
    assert not page.info, "a note about the link goes with the first change"


def test_missing_and_broken_checkpoints_are_said_and_the_rest_is_shown(
    drawn: Drawn, tiny_checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rfsq-4x1024-none", "rfsq-4x1024-scale"):
        for suffix in (".json", ".safetensors"):
            content = (tiny_checkpoints / f"{name}{suffix}").read_bytes()
            (tmp_path / f"{name}{suffix}").write_bytes(content)
    broken = tmp_path / "rfsq-4x1024-scale.safetensors"
    broken.write_bytes(broken.read_bytes()[:1000])
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = open_page()
    assert drawn.names == ["rfsq-4x1024-none"]
    assert "rfsq-4x1024-layernorm: no checkpoint" in texts(page)
    assert "truncated" in texts(page)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path / "nowhere"))
    assert "no trained model" in texts(open_page())


def test_server_times_are_logged_for_a_benchmark() -> None:
    st.cache_resource.clear()
    page = open_page()
    bodies = [block.proto.body for block in page.get("html") if "rfsq-timing" in block.proto.body]
    assert len(bodies) == 1
    assert re.search(r'data-run="1" data-pictures-ms="[\d.]+" data-scores-ms="[\d.]+" data-device="cpu"', bodies[0])
    assert page.session_state["timings"][0]["scores_ms"] > 0


def test_the_table_as_csv_has_every_stage_with_its_rate_and_the_note() -> None:
    photo = fit_within(load_example("cat"), 48)
    result = run_method("rfsq-4x1024-layernorm", tiny_model("rfsq-4x1024-layernorm"), photo, torch.device("cpu"))
    rows = [scored_picture(result, k, 20.0, score(photo, result.stages[k - 1].pixels), float("nan")) for k in (1, 4)]
    text = csv_table(rows, photo="=cmd()", size=(48, 48), note="Not a fair pair.", lpips_reason="Not measured.")
    records = list(csv.DictReader(io.StringIO(text)))
    assert [record["stages"] for record in records] == ["1", "4"]
    assert records[1]["bits_per_token_nominal"] == "40" and records[1]["side_information_bytes"] == "80"
    assert float(records[1]["bpp_nominal_with_side_information"]) == pytest.approx((40 * 144 + 640) / 48**2, rel=1e-5)
    assert records[0]["lpips_squeeze"] == "" and records[0]["lpips_note"] == "Not measured."
    assert records[0]["rates_note"] == "Not a fair pair." and records[0]["rfsq_version"] == __version__
    assert records[0]["photo"] == "'=cmd()", "a spreadsheet must not run a file's name"


def test_the_table_escapes_names_and_waits_with_an_ellipsis() -> None:
    photo = fit_within(load_example("cat"), 48)
    result = run_method("<b>", tiny_model("fsq-8x8x8x8"), photo, torch.device("cpu"))
    page = score_table([scored_picture(result, 1, 20.0, None, None)], labels={}).html()
    assert "<b>" not in page and "&lt;b&gt;" in page
    assert page.count("…") == 4, "SSIM, L1, FLIP and LPIPS are on their way"


def test_grey_lines_have_the_norms_that_pictures_would_have() -> None:
    st.cache_resource.clear()
    pixels = fit_within(load_example("cat"), 64)
    work = cache.Work("a test", pixels, torch.device("cpu"))
    quick = cache.residual_rms_of(work, "rfsq-4x1024-layernorm")
    assert quick == pytest.approx(cache.pictures_of(work, "rfsq-4x1024-layernorm").reconstruction.residual_rms)
    assert cache.residual_rms_of(work, "continuous-5") == ()


def test_other_weights_under_the_same_name_are_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    work = cache.Work("another test", fit_within(load_example("cat"), 64), torch.device("cpu"))
    pictures = []
    for factor in (1, 2):
        model = tiny_model("fsq-8x8x8x8")
        with torch.no_grad():
            next(model.decoder.parameters()).mul_(factor)
        save_checkpoint(model, tmp_path / "fsq-8x8x8x8.safetensors", training={})
        pictures.append(cache.pictures_of(work, "fsq-8x8x8x8"))
    assert (pictures[0].reconstruction.stages[0].pixels != pictures[1].reconstruction.stages[0].pixels).any()


def test_the_theme_is_the_palette() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for name in ("light", "dark"):
        assert theme[name]["backgroundColor"] == THEMES[name].page
        assert theme[name]["secondaryBackgroundColor"] == THEMES[name].panel
        assert theme[name]["textColor"] == THEMES[name].text
    assert theme["baseFontSize"] >= 16


def test_settings_links_and_tables_know_nothing_of_streamlit() -> None:
    imports = re.compile(r"^\s*(import|from) streamlit", re.MULTILINE)
    for name in ("shared/settings", "shared/choice", "shared/bounded", "compare/links", "compare/table"):
        assert not imports.search((ROOT / "rfsq" / "app" / f"{name}.py").read_text())
