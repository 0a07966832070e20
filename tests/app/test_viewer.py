"""The viewer's Python side: lossless files, one message in a stable order, and who may set the stage."""

import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from rfsq.app import viewer as page
from rfsq.app.viewer import Frame, Method, ViewerState, payload
from rfsq.app.viewer.payload import build_payload, check, is_live
from rfsq.app.viewer.pictures import WEBP_LONGEST_SIDE, encode_error, encode_picture

SETTINGS: dict[str, object] = {"imageKey": "a", "command": 1}


def noise(seed: int, height: int = 6, width: int = 9) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def method(name: str, stages: int, seed: int, error: bool = False) -> Method:
    def frame(k: int) -> Frame:
        grey = np.full((6, 9), 0.1 * k, np.float32) if error else None
        return Frame(noise(seed + k), f"{k} dB", f"{10 * k} bits/token", grey)

    frames = tuple(frame(k) for k in range(1, stages + 1))
    return Method(name, name.upper(), "#000000", "#FFFFFF", "■", noise(seed), frames)


def opened(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the decoded files of a message, read as the browser reads it."""
    assert message[:4] == b"RFSV"
    (length,) = struct.unpack("<I", message[4:8])
    header = json.loads(message[8 : 8 + length])
    files, at = {}, 8 + length
    for digest, size in header["files"]:
        files[digest] = np.array(Image.open(io.BytesIO(message[at : at + size])))
        at += size
    assert at == len(message)
    return header, files


def test_files_are_lossless_and_named_by_their_pixels() -> None:
    pixels = noise(1, 33, 17)
    file = encode_picture(pixels)
    image = Image.open(io.BytesIO(file.data))
    assert image.format == "WEBP"
    np.testing.assert_array_equal(np.array(image), pixels)
    assert encode_picture(pixels.copy()) is file
    assert encode_picture(pixels.transpose(1, 0, 2)).digest != file.digest
    assert encode_picture(pixels[:1]).digest != encode_picture(pixels[:, :1]).digest


def test_a_picture_longer_than_webp_allows_is_still_lossless() -> None:
    pixels = noise(2, 1, WEBP_LONGEST_SIDE + 1)
    image = Image.open(io.BytesIO(encode_picture(pixels).data))
    assert image.format == "PNG"
    np.testing.assert_array_equal(np.array(image), pixels)


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_other_arrays_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="picture must be"):
        encode_picture(pixels)


def test_an_error_map_keeps_its_values_to_a_half_grey_level() -> None:
    error = np.random.default_rng(3).random((20, 30), dtype=np.float32)
    file = encode_error(error)
    grey = np.array(Image.open(io.BytesIO(file.data)).convert("L")) / 255
    assert np.abs(grey - error).max() <= 0.5 / 255 + 1e-6
    assert file.ceiling == pytest.approx(np.percentile(error, 99.5))
    for wrong in (np.full((2, 2), 1.5, np.float32), np.full((2, 2), np.nan, np.float32), np.zeros((2, 2), np.uint8)):
        with pytest.raises(ValueError, match="error map"):
            encode_error(wrong)


def test_the_message_holds_every_picture_once_with_the_current_stage_first() -> None:
    original, methods = noise(0), [method("none", 3, 10, error=True), method("fsq", 1, 20)]
    message = build_payload(original, methods, stage=2, current=2, settings=SETTINGS)
    header, files = opened(message)
    order = [digest for digest, _ in header["files"]]
    none, fsq = header["methods"]
    assert set(order[:4]) == {
        header["original"],
        none["frames"][1]["picture"],
        none["frames"][1]["error"],
        fsq["frames"][0]["picture"],
    }
    for sent, given in ((none, methods[0]), (fsq, methods[1])):
        np.testing.assert_array_equal(files[sent["start"]], given.start)
        for frame, pixels in zip(sent["frames"], given.frames, strict=True):
            np.testing.assert_array_equal(files[frame["picture"]], pixels.pixels)
    assert len(order) == len(set(order)) == 1 + 3 + 3 + 1 + 1 + 1
    assert fsq["frames"][0]["error"] is None
    assert header["errorMax"] == 0.3 and header["stages"] == 3 and header["live"]
    assert header["imageKey"] == "a"
    assert message == build_payload(original, methods, stage=2, current=3, settings=SETTINGS)


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


def report(stage: object, command: object, view: object = "grid", focus: object = "all") -> dict[str, Any]:
    return {"report": {"stage": stage, "view": view, "focus": focus, "command": command}}


def test_the_hand_at_the_viewer_wins_until_python_asks_for_something_new() -> None:
    first = page._updated(None, None, 3, "grid")
    assert first.known == ViewerState(3, "grid", "all")
    told = report(1, first.command, "flip", "none")
    moved = page._updated(first, told, 3, "grid")  # the page still passes its old argument
    assert moved.known == ViewerState(1, "flip", "none") and moved.command == first.command
    echoed = page._updated(moved, told, 1, "flip")  # and then what it was told
    assert echoed.known.stage == 1 and echoed.command == first.command
    asked = page._updated(echoed, told, 4, "flip")  # a control of the page
    assert asked.known == ViewerState(4, "flip", "none") and asked.command > first.command
    assert asked.commanded == asked.known
    late = page._updated(asked, told, 4, "flip")  # the browser has not seen the command yet
    assert late.known.stage == 4
    answered = page._updated(late, report(2, asked.command), 4, "flip")
    assert answered.known.stage == 2 and answered.command == asked.command
    dropped = page._updated(answered, None, 4, "flip")  # Streamlit forgot the widget: another page was open
    assert dropped.known.stage == 2


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"report": 3},
        report("2", 10**15),
        report(True, 10**15),
        report(0, 10**15),
        report(-1, 10**15),
        report(2.0, 10**15),
        report(2, "9"),
        report(2, 10**15, view="cube"),
        report(2, 10**15, focus=None),
        report(2, 10**15, view=["grid"]),
    ],
)
def test_a_malformed_report_changes_nothing(result: Any) -> None:
    first = page._updated(None, None, 3, "grid")
    assert page._updated(first, result, 3, "grid").known == first.known


def app() -> None:
    import numpy as np
    import streamlit as st

    from rfsq.app.viewer import Frame, Method, show_viewer, viewer_state

    grey = np.full((8, 8, 3), 128, np.uint8)
    method = Method("none", "None", "#000000", "#FFFFFF", "■", grey, (Frame(grey, "", ""), Frame(grey, "", "")))
    stage = st.slider("k", 1, 4, 2)
    before = viewer_state()
    state = show_viewer(grey, [method], stage=stage, image_key="a")
    st.text(f"{before} then {state}")


def test_it_runs_in_a_page_and_clamps_the_stage() -> None:
    test = AppTest.from_function(app, default_timeout=60).run()
    assert not test.exception
    assert test.text[0].value == f"None then {ViewerState(2, 'grid', 'all')}"
    test.slider[0].set_value(1).run()
    assert test.text[0].value.endswith(str(ViewerState(1, "grid", "all")))
    test.slider[0].set_value(4).run()
    assert not test.exception
    assert test.text[0].value.endswith(str(ViewerState(2, "grid", "all")))
