"""The page How it works without a browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from app_pages import run_at
from streamlit.testing.v1 import AppTest
from tiny_models import save_tiny_models

import rfsq.app.how_it_works.page as page_module
from rfsq.app.how_it_works.lesson import LESSON, Step
from rfsq.app.how_it_works.models import FAMILY, with_stack
from rfsq.app.how_it_works.settings import TokenSettings, write_token_link
from rfsq.app.shared.browser.envelope import unpack
from rfsq.photos.gallery import EXAMPLES

COARSE = "f8-fsq-8x8x8x8-perceptual"
PHOTOS = tuple(example.name for example in EXAMPLES)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    save_tiny_models(folder, (*FAMILY.values(), "vq-4096", COARSE))
    (folder / "lfq-12.safetensors").write_bytes(b"broken")
    (folder / "lfq-12.json").write_text("{}")
    return folder


@pytest.fixture
def sent(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the page hands to the browser."""
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(checkpoints))
    messages: list[bytes] = []
    show = page_module.show_explorer

    def record(latents: bytes, payload: bytes, **arguments: object) -> None:
        assert unpack(latents)[1]["digest"] == unpack(payload)[1]["late"]
        messages.append(payload)
        show(latents, payload, **arguments)

    monkeypatch.setattr(page_module, "show_explorer", record)
    return messages


def _script() -> None:
    from rfsq.app.how_it_works.page import how_it_works_page

    how_it_works_page()


def opened(**query: str) -> AppTest:
    return run_at(AppTest.from_function(_script, default_timeout=120), **query)


def test_without_the_shared_network_the_first_view_is_a_token_on_an_edge_with_stage_1_open(sent: list[bytes]) -> None:
    page = opened()
    header = unpack(sent[-1])[1]
    assert header["model"] == FAMILY["layernorm"] and header["size"] == [256, 256]
    assert header["state"]["stage"] == 1 and min(header["state"]["row"], header["state"]["column"]) > 0
    assert "gain" not in page.segmented_control(key="how-conditioning").options
    assert not page.info and "copy of 256 × 256" in " ".join(caption.value for caption in page.caption)


def test_changing_the_conditioning_keeps_the_token_and_is_no_command(sent: list[bytes]) -> None:
    page = opened(row="20", column="21", stage="2", channel="0")
    before = unpack(sent[-1])[1]
    page.segmented_control(key="how-conditioning").set_value("none").run()
    after = unpack(sent[-1])[1]
    assert not page.exception and after["model"] == FAMILY["none"]
    assert after["state"] == before["state"] == {"row": 20, "column": 21, "stage": 2, "channel": 0}
    assert after["command"] == before["command"]
    page.selectbox(key="how-other").select("vq-4096").run()
    assert not page.exception and unpack(sent[-1])[1]["model"] == "vq-4096"
    assert len(unpack(sent[-1])[1]["stages"]) == 1


def test_larger_blocks_have_their_own_grid(sent: list[bytes]) -> None:
    page = opened(model=COARSE, row="50", column="3")
    header = unpack(sent[-1])[1]
    assert header["factor"] == 8 and header["grid"] == [32, 32] and header["size"] == [256, 256]
    assert "no row 50: this photo has 32" in page.info[0].value and header["state"]["row"] == 31
    page.segmented_control(key="how-conditioning").set_value("none").run()
    assert not page.exception and unpack(sent[-1])[1]["grid"] == [64, 64]


def test_another_photo_moves_the_token_to_its_own_edge(sent: list[bytes]) -> None:
    page = opened(row="20", column="21")
    before = unpack(sent[-1])[1]
    page.segmented_control(key="photo").set_value(PHOTOS[1]).run()
    after = unpack(sent[-1])[1]
    assert not page.exception and after["photo"] != before["photo"] and after["command"] != before["command"]
    assert after["state"] != before["state"]


def test_a_link_beyond_the_photo_says_where_it_went(sent: list[bytes]) -> None:
    page = opened(row="500", column="3")
    assert "no row 500" in page.info[0].value
    assert unpack(sent[-1])[1]["state"]["row"] == 63


def test_the_first_view_is_a_stack_around_the_network_that_all_share(
    checkpoints: Path, sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RFSQ_CHECKPOINTS")
    page = opened()
    first = unpack(sent[-1])[1]
    assert first["model"] == with_stack("", conditioning="none") and len(first["stages"]) == 4
    assert first["state"]["channel"] == 0  # of the cat's eye: small after stage 1, large again after stage 2
    for conditioning in ("gain", "geometric"):
        page.segmented_control(key="how-conditioning").set_value(conditioning).run()
        now = unpack(sent[-1])[1]
        assert not page.exception and now["model"] == with_stack("", conditioning=conditioning)
        assert (now["state"], now["command"]) == (first["state"], first["command"])
    page.select_slider(key="how-levels").set_value(3).run()
    page.slider(key="how-stages").set_value(2).run()
    assert unpack(sent[-1])[1]["model"] == "continuous-5.fsq-3-s2-geometric"
    page.segmented_control(key="how-mode").set_value("trained").run()
    assert unpack(sent[-1])[1]["model"] == FAMILY["geometric"]
    page.segmented_control(key="how-mode").set_value("same").run()
    assert not page.exception and unpack(sent[-1])[1]["model"] == "continuous-5.fsq-3-s2-geometric"


@pytest.mark.parametrize("step", LESSON, ids=lambda step: step.name)
def test_a_guided_step_opens_from_its_link_and_ends_where_its_subject_does(
    step: Step, sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RFSQ_CHECKPOINTS")
    page = opened(**dict(parse_qsl(write_token_link(step.settings(TokenSettings())))))
    header = unpack(sent[-1])[1]
    assert header["step"] == step.name and header["state"]["stage"] == step.stage and not page.info
    page.slider(key="how-stages").set_value(6).run()
    assert unpack(sent[-1])[1]["step"] == step.name
    other = "none" if step.conditioning != "none" else "scale"
    page.segmented_control(key="how-conditioning").set_value(other).run()
    assert not page.exception and unpack(sent[-1])[1]["step"] == ""


def test_a_link_to_a_broken_model_shows_the_first_view_s_and_says_why(sent: list[bytes]) -> None:
    page = opened(model="lfq-12")
    assert [note.value for note in page.info if "cannot be shown" in note.value and "Showing RFSQ" in note.value]
    assert not page.warning and unpack(sent[-1])[1]["model"] == FAMILY["layernorm"]


def test_choosing_a_broken_model_is_one_sentence(sent: list[bytes]) -> None:
    page = opened()
    page.selectbox(key="how-other").select("lfq-12").run()
    assert "cannot be shown" in page.warning[0].value and len(sent) == 1
    page.segmented_control(key="how-conditioning").set_value("scale").run()
    assert not page.exception and not page.warning and unpack(sent[-1])[1]["model"] == FAMILY["scale"]
