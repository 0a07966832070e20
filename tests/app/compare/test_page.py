"""The Compare page without a browser: opens true, every control changes something, bad input keeps the view.

Runs on tiny untrained models, so it says nothing about quality.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from app_pages import open_app, texts
from compare_page import claim_of, table_of, tried
from tiny_models import save_tiny_models

from rfsq.app.compare.settings import PRESETS
from rfsq.app.compare.words import TITLES
from rfsq.app.shared.store import store
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within
from rfsq.photos.write import encode_png


def test_the_first_view_is_none_scale_layernorm_at_equal_bits_with_scores(drawn: Any) -> None:
    page = open_app(small=False)
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
    assert "side info" in drawn.methods[2].frames[3].rate
    assert "side info" not in drawn.methods[0].frames[3].rate
    table = table_of(page)
    assert table.count("<tr") == 5, "a head, three methods and the ceiling"
    assert "unquantized" in table and "…" not in table
    assert not page.error and not page.warning and not page.info
    assert "Photos stay" in texts(page) or "photos stay" in texts(page)


def test_every_control_changes_the_page(drawn: Any) -> None:
    page = open_app()
    seen = {"photo": drawn.original.tobytes(), "table": table_of(page)}

    page.segmented_control(key="photo").set_value("grass").run()
    assert drawn.original.tobytes() != seen["photo"] and table_of(page) != seen["table"]

    page.segmented_control(key="strategy-conditioning").set_value("scale").run()
    assert drawn.names == drawn.emphasized() == ["rfsq-4x1024-none", "rfsq-4x1024-scale"], "beside none"
    assert drawn.arguments["pair"] == ("rfsq-4x1024-none", "rfsq-4x1024-scale")
    assert len(drawn.curves) == 5

    page.segmented_control(key="family").set_value("2x2048").run()
    assert drawn.names == ["rfsq-2x2048-none", "rfsq-2x2048-scale"] and len(drawn.methods[0].frames) == 2
    assert drawn.arguments["stage"] == 2

    page.segmented_control(key="family").set_value("4x1024").run()
    assert drawn.arguments["stage"] == 4, "four stages stay four for a model that has them"

    page.segmented_control(key="chart").set_value("raw").run()
    assert drawn.chart["relative"] is False

    page.segmented_control(key="size").set_value("256").run()
    assert max(drawn.original.shape) == 256
    page.segmented_control(key="device").set_value("cpu").run()
    assert not page.exception

    page.selectbox(key="preset").set_value("quantizers").run()
    assert drawn.names == ["vq-4096", "fsq-8x8x8x8", "rfsq-4x1024-scale"], "the conditioning is kept"
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

    page.segmented_control(key="mode").set_value("own").run()
    assert "Choose up to four" in texts(page)
    page.multiselect(key="models").set_value(["lfq-12", "continuous-5"]).run()
    assert drawn.names == ["lfq-12", "continuous-5"]
    assert "not quantized" in str(drawn.arguments["notice"])
    assert not page.exception and not page.error

    page.segmented_control(key="mode").set_value("trained").run()
    page.selectbox(key="preset").set_value("conditioning").run()
    assert drawn.names == ["rfsq-4x1024-none", "rfsq-4x1024-scale"], "the choice made before is still there"


def test_a_smaller_stage_count_moves_chart_and_table_and_says_what_it_means(drawn: Any) -> None:
    page = open_app(stages="2")
    assert drawn.arguments["stage"] == 2 and drawn.chart["stage"] == 2
    assert "2 of 4" in table_of(page)
    assert "decoder that was trained on all stages" in texts(page)
    assert "decoder that was trained on all stages" not in texts(open_app())


def test_an_upload_becomes_the_photo_and_a_bad_one_keeps_it(drawn: Any) -> None:
    page = open_app()
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


def test_a_link_restores_the_view_and_repairs_what_it_cannot_show(drawn: Any) -> None:
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
    page = open_app(**query)
    assert [note.value for note in page.info] == ["The link asks for 9 stages, this model has 2. Showing 2."]
    assert [method.label for method in drawn.methods] == ["at most 1", "at most 2"]
    assert drawn.arguments["view"] == "flip" and drawn.chart["relative"] is False
    assert page.segmented_control(key="photo").value == "astronaut"
    page.segmented_control(key="size").set_value("256").run()
    assert not page.info, "a note about the link goes with the first change"


def test_missing_and_broken_checkpoints_are_said_and_the_rest_is_shown(
    drawn: Any, tiny_zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rfsq-4x1024-none", "rfsq-4x1024-scale"):
        for suffix in (".json", ".safetensors"):
            content = (tiny_zoo / f"{name}{suffix}").read_bytes()
            (tmp_path / f"{name}{suffix}").write_bytes(content)
    broken = tmp_path / "rfsq-4x1024-scale.safetensors"
    broken.write_bytes(broken.read_bytes()[:1000])
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = open_app()
    assert drawn.names == ["rfsq-4x1024-none"]
    assert "rfsq-4x1024-layernorm: no checkpoint" in texts(page)
    assert "truncated" in texts(page)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path / "nowhere"))
    assert "no trained model" in texts(open_app())


def test_server_times_are_logged_for_a_benchmark() -> None:
    store.cache_clear()
    page = open_app()
    bodies = [block.proto.body for block in page.get("html") if "rfsq-timing" in block.proto.body]
    assert len(bodies) == 1
    assert re.search(r'data-run="1" data-pictures-ms="[\d.]+" data-scores-ms="[\d.]+" data-device="cpu"', bodies[0])
    assert page.session_state["compare"].times[0].scores_ms > 0


def test_title_and_what_to_try_follow_preset_and_state(drawn: Any) -> None:
    page = open_app()
    tries = []
    for preset in ("quantizers", "equal", "stages", "ours", "conditioning"):
        page.selectbox(key="preset").set_value(preset).run()
        assert not page.exception and page.title[0].value == TITLES[preset]
        tries.append(tried(page))
    assert len(set(tries)) >= 3, tries
    page.selectbox(key="preset").set_value("stages").run()
    assert re.match(r"From 1 stage to 4: .*dB to .*dB; the last step adds ", claim_of(page))
    page.selectbox(key="preset").set_value("equal").run()
    assert re.match(r"At the same 40\u202fbits, |Nobody wins here: on “Cat”, at the same 40", claim_of(page))
    page.selectbox(key="preset").set_value("quantizers").run()
    assert claim_of(page).startswith("Not at equal bits: ")
    page.selectbox(key="preset").set_value("conditioning").run()
    assert "they do not cost the same" in tries[0] and "Follow one fine detail" in tries[2]
    page.segmented_control(key="strategy-conditioning").set_value("none").run()
    assert tried(page) == "Choose all three to see none beside the others."
    page.segmented_control(key="mode").set_value("own").run()
    assert not page.exception and page.title[0].value == TITLES["own"]
    assert set(TITLES) == set(PRESETS)


def test_the_csv_calls_rates_unequal_only_where_they_are(drawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: dict[str, Any] = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, **_: saved.update(data=data))
    page = open_app()
    fewer = {f"{k} of 4" for k in (1, 2, 3)}  # beside the single-stage FSQ, which has all its bits at once
    for preset, unequal in (("conditioning", set()), ("equal", fewer), ("quantizers", {*fewer, "4 of 4", "1 of 1"})):
        page.selectbox(key="preset").set_value(preset).run()
        rows = list(csv.DictReader(io.StringIO(saved["data"]())))
        noted = {f"{row['stages']} of {row['of_stages']}" for row in rows if row["rates_note"]}
        assert noted == unequal, preset
        assert all("Not a fair" in row["rates_note"] for row in rows if row["rates_note"])


def test_models_of_unequal_blocks_are_compared_by_the_price_of_a_pixel(
    drawn: Any, tiny_zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tiny_zoo, tmp_path / "zoo")
    name = "f8-fsq-8x8x8x8-perceptual"
    save_tiny_models(tmp_path / "zoo", [name])
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path / "zoo"))
    page = open_app(preset="own", models=f"fsq-8x8x8x8,{name}")
    assert [method.label for method in drawn.methods] == ["FSQ 8·8·8·8", "f8 FSQ 8·8·8·8, perceptual"]
    assert "0.75 bits per pixel, f8 FSQ 8·8·8·8, perceptual 0.19" in str(drawn.arguments["notice"])
    assert "0.188" in table_of(page) and "0.750" in table_of(page)
