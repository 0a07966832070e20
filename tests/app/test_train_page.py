"""The page "Train your own" without a browser, with real training of a few seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import ROOT
from streamlit.testing.v1 import AppTest

import rfsq.app.train.page as page_module
from rfsq.app.shared.own_models import own_name
from rfsq.app.shared.settings import OWN_PHOTO
from rfsq.app.train.recorded import recorded_run
from rfsq.app.train.runs import Manager
from rfsq.app.train.settings import TrainSettings, read_train_link, write_train_link
from rfsq.model.archive import checkpoint_bytes, open_checkpoint
from rfsq.photos.gallery import EXAMPLES
from rfsq.training.live import CHOICES

PHOTOS = tuple(example.name for example in EXAMPLES)


def _script() -> None:
    import streamlit as st

    from rfsq.app.train.page import train_page

    st.session_state["compare-page"] = "compare"
    train_page()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    manager = Manager()
    monkeypatch.setattr(page_module, "manager", lambda: manager)
    yield manager
    if manager._running is not None:
        manager.stop(manager._running)


def opened(**query: str) -> AppTest:
    page = AppTest.from_function(_script, default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    return " ".join(str(block.value) for block in (*page.markdown, *page.caption, *page.info)) + " ".join(
        block.proto.body for block in page.get("html")
    )


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button}


def run_until(page: AppTest, words: str) -> None:
    deadline = time.monotonic() + 60
    while words not in texts(page):
        assert time.monotonic() < deadline, texts(page)
        time.sleep(0.3)
        page.run()
        assert not page.exception


def test_the_first_view_is_a_recorded_run_and_start_the_only_bold_button(line: Manager) -> None:
    page = opened()
    recorded = recorded_run()
    assert f"{recorded.psnr_db:.1f}" in texts(page) and "no evidence about quantizers" in texts(page)
    primary = [button.key for button in page.button if button.proto.type == "primary"]
    assert primary == ["train-start"]
    assert not line.busy


def test_a_run_starts_stops_goes_on_and_the_next_keeps_it_as_the_run_before(line: Manager) -> None:
    page = opened(seconds="20", quantizer="rfsq-4x1024-none", data="photo")
    page.button(key="train-start").click().run()
    assert "train-start" not in keys(page)
    run_until(page, "s left")
    while not line.view(page.session_state["train-runs"][-1].run).rows:
        time.sleep(0.1)
    page.run()
    assert "dB" in texts(page)
    page.button(key="train-stop").click().run()
    run_until(page, "stopped after")
    assert {"train-start", "train-continue", "train-open"} <= keys(page)
    steps = page.session_state["train-runs"][-1].run.step
    page.button(key="train-continue").click().run()
    run_until(page, "s left")
    page.button(key="train-stop").click().run()
    run_until(page, "stopped after")
    first = page.session_state["train-runs"][-1]
    assert first.run.step > steps

    page.selectbox(key="train-base").set_value("fsq-8x8x8x8").run()
    page.button(key="train-start").click().run()
    assert [started.number for started in page.session_state["train-runs"]] == [1, 2]
    run_until(page, "s left")
    page.run()
    assert "Not a fair pair" in texts(page) and "Run 1, RFSQ" in texts(page)
    page.button(key="train-stop").click().run()
    run_until(page, "stopped after")


def test_a_second_viewer_waits(line: Manager) -> None:
    first, second = opened(seconds="20"), opened(seconds="20")
    first.button(key="train-start").click().run()
    run_until(first, "s left")
    second.button(key="train-start").click().run()
    assert "one run is training. Yours is next." in texts(second)
    second.button(key="train-stop").click().run()
    assert "stopped after 0 steps" in texts(second)
    first.button(key="train-stop").click().run()


def test_links_round_trip_and_wrong_values_are_replaced_with_a_sentence() -> None:
    for settings in (TrainSettings(), TrainSettings(CHOICES[-1], "photo", 300, 7)):
        values = dict(part.split("=") for part in write_train_link(settings, "coffee").split("&"))
        assert read_train_link(values, photos=PHOTOS) == (settings, "coffee", ())
    bad = {"v": "9", "photo": OWN_PHOTO, "quantizer": "<b>", "data": "all", "seconds": "1e9", "seed": "-4"}
    settings, photo, notes = read_train_link(bad, photos=PHOTOS)
    assert settings == TrainSettings() and photo == "cat"
    assert len(notes) == 6 and not any("<" in note for note in notes)


def test_the_recorded_run_is_one_of_the_default_settings() -> None:
    recorded, first = recorded_run(), TrainSettings()
    assert recorded.base == first.base and round(recorded.seconds) == first.seconds
    assert recorded.log["photo_psnr_db"][-1] == pytest.approx(recorded.psnr_db, abs=0.5)
    assert recorded.log["photo_psnr_db"][-1] > recorded.log["photo_psnr_db"][0] + 8


def test_own_models_get_a_name_that_is_free(tiny_own: bytes) -> None:
    def script(content: bytes) -> None:
        import streamlit as st

        from rfsq.app.shared.own_models import add_own
        from rfsq.model.archive import open_checkpoint

        st.session_state["names"] = [*st.session_state.get("names", []), add_own(open_checkpoint(content))]

    page = AppTest.from_function(script, args=(tiny_own,)).run().run()
    assert page.session_state["names"] == ["my-rfsq-4x1024-scale-run-3"] * 2, "the same weights are kept once"


@pytest.fixture
def tiny_own() -> bytes:
    from dataclasses import replace

    from rfsq.model.model import QuantizedAutoencoder
    from rfsq.model.zoo import ZOO

    config = replace(ZOO["rfsq-4x1024-scale"], name=own_name("rfsq-4x1024-scale", 3), hidden=(4, 4))
    return checkpoint_bytes(QuantizedAutoencoder(config).eval(), {})


def test_an_own_model_stands_beside_the_zoos_in_compare_and_bad_files_are_refused(
    tiny_own: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rfsq.model.checkpoint import save_checkpoint
    from rfsq.model.model import QuantizedAutoencoder
    from rfsq.model.zoo import ZOO

    model = open_checkpoint(tiny_own).model
    model.config = ZOO["rfsq-4x1024-scale"]
    zoo = QuantizedAutoencoder(open_checkpoint(tiny_own).info.config)
    from dataclasses import replace

    zoo.config = replace(ZOO["rfsq-4x1024-scale"], hidden=(4, 4))
    save_checkpoint(zoo, tmp_path / "rfsq-4x1024-scale.safetensors", training={})
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.query_params["size"] = "128"
    page.run()
    uploader = next(box for box in page.get("file_uploader") if "own model" in box.label)
    uploader.set_value(("model.zip", tiny_own, "application/zip")).run()
    assert not page.exception
    assert page.session_state["models"] == ["my-rfsq-4x1024-scale-run-3", "rfsq-4x1024-scale"]
    assert "my RFSQ 4×1024 scale, run 3" in texts(page) and "no .rfsq file" in texts(page)
    uploader = next(box for box in page.get("file_uploader") if "own model" in box.label)
    uploader.set_value(("model.zip", tiny_own[:-30], "application/zip")).run()
    assert [error.value for error in page.error] == ["This file is damaged, or not a zip of a model."]
    assert page.session_state["models"][0] == "my-rfsq-4x1024-scale-run-3"
