"""The message to the browser: every number of every token, and colours that can be read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from colours import contrast
from tiny_models import tiny_model

from rfsq.app.how_it_works.models import FAMILY
from rfsq.app.how_it_works.paths import PhotoPath, path_of
from rfsq.app.how_it_works.payload import SYMBOLS, token_payload
from rfsq.app.how_it_works.settings import TokenSettings
from rfsq.app.shared.browser.envelope import unpack
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.model.token_path import trace_tokens
from rfsq.model.zoo import ZOO
from rfsq.quantizers import CONDITIONINGS
from rfsq.style.palette import THEMES

Photo = Callable[..., np.ndarray]


def unpacked(message: bytes) -> tuple[dict[str, object], dict[str, np.ndarray], list[bytes]]:
    kind, header, body = unpack(message)
    assert kind == "PATH"
    arrays, at = {}, 0
    for entry in header["arrays"]:
        dtype = np.dtype("<" + entry["type"])
        count = int(np.prod(entry["shape"]))
        arrays[entry["name"]] = np.frombuffer(body, dtype, count, at).reshape(entry["shape"])
        at += count * dtype.itemsize
    files = []
    for length in header["pictures"]:
        files.append(body[at : at + length])
        at += length
    assert at == len(body)
    return header, arrays, files


@pytest.mark.parametrize(
    "name", [FAMILY["layernorm"], FAMILY["geometric"], "rfsq-4x1024-grouped", "lfq-40", "rvq-4x1024"]
)
def test_the_message_has_every_number_of_every_token(name: str, photo: Photo) -> None:
    pixels = photo(22, 30, 0)
    path = trace_tokens(tiny_model(name), pixels)
    found = PhotoPath(ZOO[name], path, (1, 1))
    place = TokenSettings(row=1, column=2, channel=0)
    send = lambda: token_payload(found, pixels, place, step="", photo_key="x", command=3)
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
    assert not header["same"] and not header["beside"]
    assert len(files) == len(path.stages) + 2 and all(file[8:12] == b"WEBP" for file in files)


def test_a_stack_comes_with_what_every_conditioning_misses_of_the_same_latent(photo: Photo) -> None:
    working = WorkingPhoto("test_payload", photo(24, 32, 0))
    found = path_of(working, "continuous-5.fsq-2-s2-scale")
    message = token_payload(
        found, working.pixels, TokenSettings(row=1, column=2, channel=0), step="", photo_key="x", command=3
    )
    header, arrays, _ = unpacked(message)
    assert header["same"] and [look["name"] for look in header["beside"]] == list(CONDITIONINGS)  # type: ignore[union-attr,index]
    for k, stage in enumerate(found.path.stages):
        np.testing.assert_allclose(arrays[f"scale-missing{k}"], stage.remainder, atol=1e-5)
        other = path_of(working, "continuous-5.fsq-2-s2-none")
        np.testing.assert_array_equal(other.path.latents, found.path.latents)
        np.testing.assert_allclose(arrays[f"none-missing{k}"], other.path.stages[k].remainder, atol=1e-5)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_colours_of_the_symbols_can_be_read(symbol: str) -> None:
    for color, theme in zip(SYMBOLS[symbol], THEMES.values(), strict=True):
        assert contrast(color, theme.page) >= 4.5
