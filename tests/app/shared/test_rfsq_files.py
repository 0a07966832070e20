"""An .rfsq file opens in place of a photo, as far as it goes; a bad one is a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from file_pages import MODELS, Page, file_of
from streamlit.testing.v1 import AppTest
from tiny_models import save_tiny_models

from rfsq.app.shared.photo_strip import DECODED_NOTE
from rfsq.codec.bitstream import Header
from rfsq.codec.codec import decompress
from rfsq.style import wording


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_models(tmp_path_factory.mktemp("checkpoints"), MODELS)


@pytest.fixture(autouse=True)
def use_untrained(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(untrained))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(monkeypatch)


def upload(page: AppTest, name: str, content: bytes) -> None:
    number = page.session_state["photo-strip"].uploads
    page.file_uploader(key=f"upload-{number}").set_value((name, content, "application/octet-stream")).run()
    assert not page.exception


def hint(page: AppTest) -> str:
    return next(str(caption.value) for caption in page.caption if "Paste or drop" in str(caption.value))


def test_an_uploaded_file_becomes_the_photo_and_says_that_it_is_a_reconstruction(page: Page) -> None:
    opened = page.open(box=False)
    assert page.notice is None
    content = file_of("rfsq-4x1024-layernorm")
    upload(opened, "named_like_a.png", content)
    np.testing.assert_array_equal(page.original, decompress(content).pixels)
    assert opened.segmented_control(key="photo").value == "own"
    bpp = wording.format_bpp(8 * len(content) / (64 * 43))
    size = wording.format_bytes(len(content))
    assert hint(opened).startswith(f"Your file: decoded from rfsq-4x1024-layernorm, 4 of 4 stages, {size}, {bpp}.")
    assert page.notice == DECODED_NOTE, "beside the pictures and in those that are saved"
    assert any(DECODED_NOTE in str(caption.value) for caption in opened.caption), "under the scores"

    opened.selectbox(key="preset").set_value("quantizers").run()
    assert str(page.notice).startswith(f"{DECODED_NOTE} Not a fair")

    opened.segmented_control(key="photo").set_value("cat").run()
    assert DECODED_NOTE not in str(page.notice)


def test_a_file_with_fewer_stages_or_cut_after_one_is_opened_as_far_as_it_goes(page: Page) -> None:
    opened = page.open(box=False)
    upload(opened, "two.rfsq", file_of("rfsq-4x1024-scale", stages=2))
    assert "2 of 4 stages" in hint(opened)
    whole = file_of("rfsq-4x1024-none")
    upload(opened, "cut.rfsq", whole[: len(file_of("rfsq-4x1024-none", stages=1))])
    assert "1 of 4 stages" in hint(opened)
    np.testing.assert_array_equal(page.original, decompress(whole, stages=1).pixels)


def header(model: str, width: int = 8, height: int = 8) -> bytes:
    return Header(model, bytes(8), width, height, 1, "uniform").to_bytes()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: file_of("vq-4096")[:-5], "The file ends within stage 1; it is incomplete."),
        (lambda: file_of("vq-4096")[:-1] + b"\x00", "checksum is wrong"),
        (lambda: file_of("vq-4096") + b"more", "goes on after its last stage"),
        (lambda: b"RFSQ", "incomplete"),
        (lambda: b"RFSQ" + b"\xff" * 60, "version 255"),
        (lambda: header("my-own-model"), "the model `my-own-model`, which is not here."),
        (lambda: header("lfq-12"), "the model `lfq-12`, which is not here."),  # of the zoo, but without a checkpoint
        (lambda: header("continuous-5"), "does not quantize"),
        (lambda: header("vq-4096"), "other weights"),
        (lambda: header("vq-4096", 5000, 4000), "holds 5000 × 4000 pixels; this page opens up to 12 megapixels."),
        (lambda: b"\x00.rfsq", "We cannot read this file as a picture."),
    ],
)
def test_a_bad_file_gives_one_sentence_and_keeps_the_photo(
    page: Page, make: Callable[[], bytes], sentence: str
) -> None:
    opened = page.open(box=False, preset="own", models="vq-4096")
    before = page.original
    upload(opened, "bad.rfsq", make())
    assert len(opened.error) == 1
    assert sentence in str(opened.error[0].value) and re.search(r"\.$", str(opened.error[0].value))
    np.testing.assert_array_equal(page.original, before)
    assert opened.segmented_control(key="photo").value == "cat"
