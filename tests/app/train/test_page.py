"""The page Train your own without a browser, with real training of a few seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from app_pages import run_at, run_until
from streamlit.testing.v1 import AppTest

from rfsq.app.train import session as train_session
from rfsq.app.train.recorded import recorded_run
from rfsq.app.train.runs import Manager

pytestmark = pytest.mark.slow


def _script() -> None:
    import streamlit as st

    from rfsq.app.train.page import train_page

    st.session_state["compare-page"] = "compare"
    train_page()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    manager = Manager(left_after_s=1000)  # between two runs of a page, where the machine is busy
    monkeypatch.setattr(train_session, "manager", lambda: manager)
    yield manager
    if manager._running is not None:
        manager.stop(manager._running)


def opened(**query: str) -> AppTest:
    return run_at(AppTest.from_function(_script, default_timeout=120), **query)


def texts(page: AppTest) -> str:
    return " ".join(str(block.value) for block in (*page.markdown, *page.caption, *page.info)) + " ".join(
        block.proto.body for block in page.get("html")
    )


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button}


def test_the_first_view_is_a_recorded_run_and_start_the_only_bold_button(line: Manager) -> None:
    page = opened()
    recorded = recorded_run()
    assert f"{recorded.psnr_db:.1f}" in texts(page) and "no evidence about quantizers" in texts(page)
    primary = [button.key for button in page.button if button.proto.type == "primary"]
    assert primary == ["train-start"]
    assert not line.busy


def test_a_run_starts_stops_goes_on_and_the_next_keeps_it_as_the_run_before(line: Manager) -> None:
    page = opened(seconds="300", quantizer="rfsq-4x1024-none", data="photo")
    page.button(key="train-start").click().run()
    assert "train-start" not in keys(page)
    run_until(page, lambda: "s left" in texts(page))
    while not line.view(page.session_state["train"].runs[-1].run).rows:
        time.sleep(0.1)
    page.run()
    assert "dB" in texts(page)
    page.button(key="train-stop").click().run()
    run_until(page, lambda: "stopped after" in texts(page))
    assert {"train-start", "train-continue", "train-open"} <= keys(page)
    steps = page.session_state["train"].runs[-1].run.step
    page.button(key="train-continue").click().run()
    run_until(page, lambda: "s left" in texts(page))
    page.button(key="train-stop").click().run()
    run_until(page, lambda: "stopped after" in texts(page))
    first = page.session_state["train"].runs[-1]
    assert first.run.step > steps

    page.selectbox(key="train-base").set_value("fsq-8x8x8x8").run()
    page.button(key="train-start").click().run()
    assert [started.number for started in page.session_state["train"].runs] == [1, 2]
    run_until(page, lambda: "s left" in texts(page))
    page.run()
    assert "Not a fair pair" in texts(page) and "Run 1, RFSQ" in texts(page)
    page.button(key="train-stop").click().run()
    run_until(page, lambda: "stopped after" in texts(page))
    page.run()
    steps = [started.run.step for started in page.session_state["train"].runs]
    assert steps[0] == steps[1] or f"Unequal steps: {steps[0]} and {steps[1]}." in texts(page)


def test_a_second_viewer_waits(line: Manager) -> None:
    first, second = opened(seconds="300"), opened(seconds="20")
    first.button(key="train-start").click().run()
    run_until(first, lambda: "s left" in texts(first))
    second.button(key="train-start").click().run()
    assert "one run is training. Yours is next." in texts(second)
    second.button(key="train-stop").click().run()
    assert "stopped after 0 steps" in texts(second)
    first.button(key="train-stop").click().run()


def test_another_photo_than_the_recorded_one_is_shown_before_any_run(line: Manager) -> None:
    page = opened(photo="coffee", quantizer="vq-4096")
    captions = [image.proto.imgs[0].caption for image in page.get("image")]
    assert captions[0] == "Original: Coffee" and captions[1].startswith("VQ-EMA 4096 of the zoo, fully trained: ")
    assert "Astronaut, which the run does not learn from" in texts(page)
