"""The page "How it works" without a browser: its links, the message to the browser, the figure, the page itself."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from colours import contrast
from streamlit.testing.v1 import AppTest

import rfsq.app.how_it_works.page as page_module
from rfsq.app.how_it_works import explorer
from rfsq.app.how_it_works.payload import MAGIC, SYMBOLS, token_payload
from rfsq.app.how_it_works.settings import FAMILY, TokenSettings, inside, read_token_link, write_token_link
from rfsq.figures import token_lines
from rfsq.model.checkpoint import save_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.token_path import TokenPath, trace_tokens
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import EXAMPLES
from rfsq.style.palette import THEMES

PHOTOS = tuple(example.name for example in EXAMPLES)
Photo = Callable[..., np.ndarray]


def made(name: str) -> QuantizedAutoencoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return QuantizedAutoencoder(replace(ZOO[name], hidden=(8, 8))).eval()


# ---- links ----


def test_a_link_restores_every_setting() -> None:
    settings = TokenSettings("astronaut", FAMILY["scale"], 3, 7, 2, 4)
    link = dict(part.split("=") for part in write_token_link(settings).split("&"))
    assert read_token_link(link, photos=PHOTOS) == (settings, ())


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("model", "<b>x</b>", "There is no quantized model"),
        ("model", "continuous-4", "There is no quantized model"),
        ("row", "-4", "as the token's row"),
        ("column", "two", "no whole number"),
        ("stage", "0", "as the open stage"),
        ("photo", "own", "sender's own photo"),
        ("v", "9", "version"),
    ],
)
def test_a_wrong_value_is_replaced_and_said(key: str, value: str, words: str) -> None:
    settings, notes = read_token_link({key: value}, photos=PHOTOS)
    assert len(notes) == 1 and words in notes[0] and "<" not in notes[0]
    assert settings.model in ZOO and settings.row >= -1 and settings.stage >= 1 and settings.photo in PHOTOS


def test_a_token_outside_of_the_photo_is_moved_with_a_sentence() -> None:
    asked = TokenSettings(row=3, column=90, stage=8, channel=30)
    settings, notes = inside(asked, grid=(10, 12), edge=(5, 5), stages=4, channels=5)
    assert (settings.row, settings.column, settings.stage, settings.channel) == (3, 11, 4, 4)
    assert "none in row 3, column 90" in notes[0] and "no stage 8" in notes[1]
    assert inside(TokenSettings(), grid=(10, 12), edge=(5, 6), stages=4, channels=5)[0].column == 6


def test_a_report_of_the_browser_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    first, good = TokenSettings(), {"row": 2, "column": 3, "stage": 2, "channel": 1, "command": 5}
    for report, expected in (
        (good, replace(first, row=2, column=3, stage=2, channel=1)),
        (good | {"command": 4}, None),
        (good | {"row": -1}, None),
        (good | {"column": "3"}, None),
        (good | {"stage": True}, None),
        ("x", None),
    ):
        monkeypatch.setattr(explorer.st, "session_state", {"how-explorer": {"report": report}})
        assert explorer.explorer_report(first, 5) == expected


# ---- the message ----


def unpacked(message: bytes) -> tuple[dict[str, object], dict[str, np.ndarray], list[bytes]]:
    assert message[:4] == MAGIC
    at = 8 + struct.unpack("<I", message[4:8])[0]
    header, arrays = json.loads(message[8:at]), {}
    for entry in header["arrays"]:
        kind = np.dtype("<" + entry["type"])
        count = int(np.prod(entry["shape"]))
        arrays[entry["name"]] = np.frombuffer(message, kind, count, at).reshape(entry["shape"])
        at += count * kind.itemsize
    files = []
    for length in header["pictures"]:
        files.append(message[at : at + length])
        at += length
    assert at == len(message)
    return header, arrays, files


@pytest.mark.parametrize(
    "name", [FAMILY["layernorm"], FAMILY["geometric"], "rfsq-4x1024-grouped", "lfq-40", "rvq-4x1024"]
)
def test_the_message_has_every_number_of_every_token(name: str, photo: Photo) -> None:
    pixels = photo(22, 30, 0)
    path = trace_tokens(made(name), pixels)
    send = lambda: token_payload(path, pixels, ZOO[name], TokenSettings(row=1, column=2), photo_key="x", command=3)
    assert send() == send()
    header, arrays, files = unpacked(send())
    assert header["command"] == 3 and header["state"] == {"row": 1, "column": 2, "stage": 1, "channel": 0}
    np.testing.assert_array_equal(arrays["latents"], path.latents)
    for k, stage in enumerate(path.stages):
        for key in ("conditioned", "bounded", "codes", "step", "remainder"):
            np.testing.assert_array_equal(arrays[f"{key}{k}"], getattr(stage, key))
        np.testing.assert_array_equal(arrays[f"indices{k}"].astype(np.int64), stage.indices)
        assert (f"digits{k}" in arrays) == (stage.digits is not None)
        for channel, (low, high) in enumerate(header["stages"][k]["ends"]):  # type: ignore[index]
            np.testing.assert_allclose([low, high], stage.undone_levels(channel)[[0, -1]])
    assert len(files) == len(path.stages) + 2 and all(file[8:12] == b"WEBP" for file in files)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_colours_of_the_symbols_can_be_read(symbol: str) -> None:
    for color, theme in zip(SYMBOLS[symbol], THEMES.values(), strict=True):
        assert contrast(color, theme.page) >= 4.5


# ---- the figure ----


@pytest.fixture(scope="module")
def scaled() -> TokenPath:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    return trace_tokens(made(FAMILY["scale"]), pixels)


def test_the_number_lines_show_value_levels_and_remainder(scaled: TokenPath) -> None:
    figure = token_lines(scaled, 2, 3, stage=2, method=FAMILY["scale"], ghost=scaled, theme="dark")
    traces = {trace.name: trace for trace in figure.data}
    part = scaled.stages[1]
    np.testing.assert_allclose(traces["value"].x, part.residual[:, 2, 3])
    np.testing.assert_allclose(traces["chosen level"].x, part.step[:, 2, 3])
    assert len(traces["levels"].x) == 4 * 5 and len(traces["before"].x) == 5
    arrows = [a for a in figure.layout.annotations if a.showarrow]
    np.testing.assert_allclose([a.x - a.ax for a in arrows], part.remainder[:, 2, 3], atol=1e-6)


def test_the_number_lines_refuse_what_is_not_there(scaled: TokenPath, photo: Photo) -> None:
    with pytest.raises(ValueError, match="stages 1 to 4"):
        token_lines(scaled, 0, 0, stage=5)
    with pytest.raises(ValueError, match="none in row 9"):
        token_lines(scaled, 9, 0)
    with pytest.raises(ValueError, match="no levels"):
        token_lines(trace_tokens(made("vq-4096"), photo(16, 16, 0)), 0, 0)


# ---- the page ----


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    for name in (*FAMILY.values(), "vq-4096"):
        save_checkpoint(made(name), folder / f"{name}.safetensors", training={"note": "untrained, for tests"})
    (folder / "lfq-12.safetensors").write_bytes(b"broken")
    (folder / "lfq-12.json").write_text("{}")
    return folder


@pytest.fixture
def sent(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the page hands to the browser."""
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(checkpoints))
    messages: list[bytes] = []
    show = page_module.show_explorer

    def record(payload: bytes, **arguments: object) -> None:
        messages.append(payload)
        show(payload, **arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(page_module, "show_explorer", record)
    return messages


def _script() -> None:
    from rfsq.app.how_it_works import how_it_works_page

    how_it_works_page()


def opened(**query: str) -> AppTest:
    page = AppTest.from_function(_script, default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def test_the_first_view_is_a_token_on_an_edge_with_stage_1_open(sent: list[bytes]) -> None:
    page = opened()
    header = unpacked(sent[-1])[0]
    assert header["model"] == FAMILY["layernorm"] and header["size"] == [256, 256]
    assert header["state"]["stage"] == 1 and min(header["state"]["row"], header["state"]["column"]) > 0  # type: ignore[index]
    assert not page.info and "copy of 256 × 256" in " ".join(caption.value for caption in page.caption)


def test_changing_the_conditioning_keeps_the_token_and_is_no_command(sent: list[bytes]) -> None:
    page = opened(row="20", column="21", stage="2")
    before = unpacked(sent[-1])[0]
    page.segmented_control(key="how-conditioning").set_value("none").run()
    after = unpacked(sent[-1])[0]
    assert not page.exception and after["model"] == FAMILY["none"]
    assert after["state"] == before["state"] == {"row": 20, "column": 21, "stage": 2, "channel": 0}
    assert after["command"] == before["command"]
    page.selectbox(key="how-other").select("vq-4096").run()
    assert not page.exception and unpacked(sent[-1])[0]["model"] == "vq-4096"
    assert len(unpacked(sent[-1])[0]["stages"]) == 1  # type: ignore[arg-type]


def test_another_photo_moves_the_token_to_its_own_edge(sent: list[bytes]) -> None:
    page = opened(row="20", column="21")
    before = unpacked(sent[-1])[0]
    page.segmented_control(key="photo").set_value(PHOTOS[1]).run()
    after = unpacked(sent[-1])[0]
    assert not page.exception and after["photo"] != before["photo"] and after["command"] != before["command"]
    assert after["state"] != before["state"]


def test_a_link_beyond_the_photo_says_where_it_went(sent: list[bytes]) -> None:
    page = opened(row="500", column="3")
    assert "none in row 500" in page.info[0].value
    assert unpacked(sent[-1])[0]["state"]["row"] == 63  # type: ignore[index]


@pytest.mark.parametrize("name", ["lfq-12", "lfq-22"])
def test_a_broken_or_missing_model_is_one_sentence(sent: list[bytes], name: str) -> None:
    page = opened(model=name)
    assert "cannot be shown" in page.warning[0].value and not sent
    page.segmented_control(key="how-conditioning").set_value("scale").run()
    assert not page.exception and not page.warning and unpacked(sent[-1])[0]["model"] == FAMILY["scale"]
