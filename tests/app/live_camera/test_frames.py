"""Messages with frames: what is asked for is checked, and the picture comes in by the door of all pictures."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rfsq.app.live_camera.frames import MOST_BYTES, MOST_SIDE, Frame, answer, read_frame
from rfsq.app.live_camera.offered import is_offered, offer
from rfsq.app.live_camera.ready import ReadyModels
from rfsq.app.shared.browser.envelope import pack, unpack
from rfsq.app.shared.loaded_models import checkpoint_of
from rfsq.model.checkpoint import Checkpoint
from rfsq.photos.write import encode_png

NAMES = offer("trained", 2, 4).names
GOOD = {"number": 7, "models": [NAMES["scale"], NAMES["none"]], "stages": 2}


@pytest.fixture
def ready(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> ReadyModels:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    return ReadyModels(torch.device("cpu"))


def made_ready(ready: ReadyModels, *names: str) -> None:
    deadline = time.monotonic() + 60
    while any(ready.find(name) is None for name in names):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_whole_message_is_read() -> None:
    assert read_frame(pack("FRAM", GOOD, b"file")) == Frame(7, tuple(GOOD["models"]), 2, b"file")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"RFSQ",
        b"\xff" * 100,
        pack("LIVE", GOOD, b"file"),
        pack("FRAM", [1, 2], b"file"),  # type: ignore[arg-type]
        pack("FRAM", {}, b"file"),
        pack("FRAM", GOOD | {"number": -1}, b""),
        pack("FRAM", GOOD | {"number": True}, b""),
        pack("FRAM", GOOD | {"number": 2**60}, b""),
        pack("FRAM", GOOD | {"stages": 0}, b""),
        pack("FRAM", GOOD | {"stages": 1.5}, b""),
        pack("FRAM", GOOD | {"models": []}, b""),
        pack("FRAM", GOOD | {"models": "rfsq-4x1024-none"}, b""),
        pack("FRAM", GOOD | {"models": [["rfsq-4x1024-none"]]}, b""),
        pack("FRAM", GOOD | {"models": [NAMES["none"]] * 2}, b""),
        pack("FRAM", GOOD | {"models": list(NAMES.values())[:3]}, b""),
        pack("FRAM", GOOD | {"models": ["../../etc/passwd"]}, b""),
        pack("FRAM", GOOD | {"models": ["vq-4096"]}, b""),
        pack("FRAM", GOOD | {"more": "x" * 500}, b""),
        pack("FRAM", GOOD, b"x" * MOST_BYTES),
        pack("FRAM", GOOD)[:30],
    ],
)
def test_what_is_no_frame_gets_a_sentence(message: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(This|The|A) .*frame.*\.$"):
        read_frame(message)


def test_deep_headers_end_in_a_sentence_too() -> None:
    head = b"[" * 390 + b" " * 4
    message = b"RFSQ" + (1).to_bytes(2, "little") + b"FRAM" + len(head).to_bytes(4, "little") + head
    with pytest.raises(ValueError, match="no frame"):
        read_frame(message)


def test_only_models_of_the_page_are_offered() -> None:
    assert all(is_offered(name) for mode in ("network", "trained") for name in offer(mode, 4, 8).names.values())  # type: ignore[arg-type]
    for name in (
        *("continuous-5", "continuous-5.fsq-2-s9-none", "continuous-5.fsq-7-s4-none", "continuous-8.fsq-2-s4-none"),
        *("continuous-5.lfq-s4-none", "continuous-5.vq-16-s4-none", "continuous-5.fsq-2-s4-nothing", "my-run-1", ""),
        *("continuous-5.own1-mine", "continuous-5.fsq-2x3x2x2x2-s4-none"),
    ):
        assert not is_offered(name), name


def test_nobody_waits_for_a_model_that_is_being_loaded(
    ready: ReadyModels, photo: Callable[..., np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    may_load = threading.Event()

    def load_later(name: str, device: torch.device) -> Checkpoint:
        assert may_load.wait(60)
        return checkpoint_of(name, device)

    monkeypatch.setattr("rfsq.app.live_camera.ready.checkpoint_of", load_later)
    frame = Frame(3, tuple(GOOD["models"]), 2, encode_png(photo(40, 48, 1)))  # type: ignore[arg-type]
    kind, header, _ = unpack(answer(frame, ready))
    assert kind == "WAIT" and header == {"number": 3, "models": list(frame.models)}
    may_load.set()
    made_ready(ready, *frame.models)
    assert unpack(answer(frame, ready))[0] == "LIVE"


def test_the_answer_is_a_jpeg_of_each_model_with_its_numbers(
    ready: ReadyModels, photo: Callable[..., np.ndarray]
) -> None:
    frame = Frame(3, tuple(GOOD["models"]), 2, encode_png(photo(40, 48, 1)))  # type: ignore[arg-type]
    made_ready(ready, *frame.models)
    kind, header, body = unpack(answer(frame, ready))
    assert kind == "LIVE" and header["number"] == 3 and header["ms"] > 0
    assert [model["name"] for model in header["models"]] == list(frame.models)
    assert sum(model["length"] for model in header["models"]) == len(body)
    for model in header["models"]:
        assert len(model["left"]) == 4 and model["bits"] == 20 and 0 < model["psnr"] < 99
        file, body = body[: model["length"]], body[model["length"] :]
        picture = Image.open(io.BytesIO(file))
        assert picture.format == "JPEG" and picture.size == (48, 40)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "empty"),
        (b"not a picture at all", "cannot read this file as a picture"),
        (encode_png(np.zeros((8, 8, 3), np.uint8))[:40], "ends too early"),
        (encode_png(np.zeros((1, MOST_SIDE + 1, 3), np.uint8)), f"at most {MOST_SIDE} pixels"),
        (encode_png(np.zeros((MOST_SIDE, MOST_SIDE + 1, 3), np.uint8)), "the limit is"),
    ],
    ids=["empty", "no picture", "cut off", "too wide", "too many pixels"],
)
def test_a_file_that_is_no_fitting_picture_gets_the_sentence_of_an_upload(
    ready: ReadyModels, file: bytes, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        answer(Frame(1, (NAMES["none"],), 1, file), ready)


def test_a_model_that_is_missing_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    ready = ReadyModels(torch.device("cpu"))
    frame = Frame(5, (NAMES["none"],), 1, encode_png(np.zeros((8, 8, 3), np.uint8)))
    said = []
    deadline = time.monotonic() + 60
    while said.count("FAIL") < 2:
        kind, header, _ = unpack(answer(frame, ready))
        said.append(kind)
        assert kind == "WAIT" or "rfsq-4x1024-none" in header["sentence"]
        assert time.monotonic() < deadline
        time.sleep(0.005)
