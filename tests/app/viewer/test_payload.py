"""The message to the viewer: every picture once, the current stage first, and what is refused."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rfsq.app import viewer as page
from rfsq.app.shared.browser.envelope import unpack
from rfsq.app.viewer import Frame, Method, payload
from rfsq.app.viewer.payload import Payload, build_payload, check, is_live

SETTINGS: dict[str, object] = {"imageKey": "a", "command": 1}


def noise(seed: int, height: int = 6, width: int = 9) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def method(name: str, stages: int, seed: int, error: bool = False) -> Method:
    def frame(k: int) -> Frame:
        grey = np.full((6, 9), 0.1 * k, np.float32) if error else None
        return Frame(noise(seed + k), f"{k} dB", f"{10 * k} bits/token", grey)

    frames = tuple(frame(k) for k in range(1, stages + 1))
    return Method(name, name.upper(), "#000000", "#FFFFFF", "■", noise(seed), frames)


def opened(made: Payload) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header of a message, read as the browser reads it, and its files as the browser decodes them."""
    kind, header, body = unpack(made.message)
    assert kind == "VIEW" and not body
    return header, {file.name: np.array(Image.open(io.BytesIO(file.data))) for file in made.files}


def test_the_message_names_every_picture_and_its_files_are_there_once() -> None:
    original, methods = noise(0), [method("none", 3, 10, error=True), method("fsq", 1, 20)]
    made = build_payload(original, methods, stage=2, current=2, settings=SETTINGS)
    header, files = opened(made)
    none, fsq = header["methods"]
    np.testing.assert_array_equal(files[header["original"]], original)
    assert all(frame["error"] in files for frame in none["frames"])
    for sent, given in ((none, methods[0]), (fsq, methods[1])):
        np.testing.assert_array_equal(files[sent["start"]], given.start)
        for frame, pixels in zip(sent["frames"], given.frames, strict=True):
            np.testing.assert_array_equal(files[frame["picture"]], pixels.pixels)
    assert len(made.files) == len(files) == 1 + 3 + 3 + 1 + 1 + 1
    assert fsq["frames"][0]["error"] is None
    assert header["errorMax"] == 0.3 and header["stages"] == 3 and header["live"]
    assert header["imageKey"] == "a"
    assert made.message == build_payload(original, methods, stage=2, current=3, settings=SETTINGS).message


def test_pictures_that_are_not_decoded_yet_are_left_out_of_the_message() -> None:
    original, whole = noise(0), method("none", 3, 10)
    frames = tuple(frame if k == 1 else replace(frame, pixels=None) for k, frame in enumerate(whole.frames))
    partly = replace(whole, frames=frames, start=None)
    check(original, [partly])
    header, files = opened(build_payload(original, [partly], stage=2, current=2, settings=SETTINGS))
    (sent,) = header["methods"]
    assert sent["start"] is None and [frame["picture"] is None for frame in sent["frames"]] == [True, False, True]
    assert len(files) == 2 and header["live"] is True


def test_a_set_too_large_for_the_browser_sends_the_current_stage_only(monkeypatch: pytest.MonkeyPatch) -> None:
    original, methods = noise(0), [method("none", 3, 10)]
    assert is_live(original, methods)
    monkeypatch.setattr(payload, "LIVE_PIXELS", 100)
    header, files = opened(build_payload(original, methods, stage=1, current=3, settings=SETTINGS))
    assert not header["live"] and len(files) == 2
    assert [frame["picture"] is None for frame in header["methods"][0]["frames"]] == [True, True, False]
    np.testing.assert_array_equal(files[header["methods"][0]["frames"][2]["picture"]], methods[0].frames[2].pixels)


def test_what_the_viewer_cannot_show_is_refused_by_name() -> None:
    original, good = noise(0), method("none", 2, 1)
    smaller = Method("small", "S", "#000", "#fff", "■", noise(1, 3), (Frame(noise(1, 3), "", ""),))
    bad_error = Method(
        "bad", "B", "#000", "#fff", "■", noise(1), (Frame(noise(1), "", "", np.zeros((1, 1), np.float32)),)
    )
    empty = Method("empty", "E", "#000", "#fff", "■", noise(1), ())
    for methods, words in (
        ([], "one to four"),
        ([good, good], "different names"),
        ([method("all", 1, 1)], "taken"),
        ([empty], "empty has no frames"),
        ([smaller], "small has a picture"),
        ([bad_error], "bad has an error map"),
    ):
        with pytest.raises(ValueError, match=words):
            check(original, methods)
    check(original, [good])
    with pytest.raises(ValueError, match="view must be"):
        page.show_viewer(original, [good], stage=1, view="cube", image_key="a")
    with pytest.raises(ValueError, match="stage must be"):
        page.show_viewer(original, [good], stage=0, image_key="a")
