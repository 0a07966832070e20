"""The message to the browser: every number of every token, and colours that can be read."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from colours import contrast
from tiny_models import tiny_model

from rfsq.app.how_it_works.derived import derived, derived_start
from rfsq.app.how_it_works.models import FAMILY
from rfsq.app.how_it_works.paths import PhotoPath, path_of
from rfsq.app.how_it_works.payload import (
    SYMBOLS,
    Packed,
    latents_payload,
    pack_latents,
    pack_path,
    packed_latents,
    token_payload,
)
from rfsq.app.how_it_works.settings import SIDE, TokenSettings
from rfsq.app.shared.browser.envelope import unpack
from rfsq.app.shared.photo_strip import example_photo
from rfsq.app.shared.working_photo import WorkingPhoto, working_photo
from rfsq.model.token_path import trace_tokens
from rfsq.model.zoo import ZOO
from rfsq.quantizers import CONDITIONINGS
from rfsq.style.palette import THEMES

Photo = Callable[..., np.ndarray]


def unpacked(message: bytes, expected: str) -> tuple[dict[str, Any], dict[str, np.ndarray], list[bytes]]:
    kind, header, body = unpack(message)
    assert kind == expected
    numbers, arrays, at = zlib.decompress(body[: header["deflated"]]), {}, 0
    for entry in header["arrays"]:
        dtype = np.dtype("<" + entry["type"])
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(numbers, dtype, count, at).reshape(entry["shape"])
        arrays[entry["name"]] = values / entry["parts"] if "parts" in entry else values
        at += count * dtype.itemsize
    assert at == len(numbers)
    files, at = [], header["deflated"]
    for length in header["pictures"]:
        files.append(body[at : at + length])
        at += length
    assert at == len(body)
    return header, arrays, files


def message_of(found: PhotoPath, latents: Packed) -> bytes:
    place = TokenSettings(row=1, column=2, channel=0)
    size = found.path.pictures[0].shape[:2]
    way = pack_path(found)
    return token_payload(found, way, latents.digest, place, size=size, step="", photo_key="x", command=3)


@pytest.mark.parametrize(
    "name", [FAMILY["layernorm"], FAMILY["geometric"], "rfsq-4x1024-grouped", "lfq-40", "rvq-4x1024"]
)
def test_every_number_of_every_token_arrives_or_follows(name: str, photo: Photo) -> None:
    pixels = photo(22, 30, 0)
    path = trace_tokens(tiny_model(name), pixels)
    found = PhotoPath(ZOO[name], path, (1, 1))
    latents = pack_latents(found, pixels)
    assert message_of(found, latents) == message_of(found, pack_latents(found, pixels))
    late, values, (photo_file,) = unpacked(latents_payload(latents), "LATE")
    header, arrays, files = unpacked(message_of(found, latents), "PATH")
    assert header["late"] == late["digest"] == latents.digest and photo_file[8:12] == b"WEBP"
    assert header["command"] == 3 and header["state"] == {"row": 1, "column": 2, "stage": 1, "channel": 0}
    np.testing.assert_array_equal(values["latents"], path.latents)
    residual = derived_start(path)
    np.testing.assert_allclose(residual, path.start, atol=1e-6)
    for k, stage in enumerate(path.stages):
        np.testing.assert_array_equal(arrays[f"indices{k}"].astype(np.int64), stage.indices)
        assert (f"digits{k}" in arrays) == (stage.digits is not None)
        follows = derived(stage, residual)
        for key in ("conditioned", "bounded", "codes", "step", "remainder"):
            shown = arrays.get(f"{key}{k}", follows.get(key))
            np.testing.assert_allclose(shown, getattr(stage, key), atol=2e-5, err_msg=f"{key}{k}")
        residual = arrays.get(f"remainder{k}", follows["remainder"])
        for channel, (low, high) in enumerate(header["stages"][k]["ends"]):
            np.testing.assert_allclose([low, high], stage.undone_levels(channel)[[0, -1]])
    sent = {entry.rstrip("0123456789") for entry in arrays}
    assert sent <= {"indices", "digits", "codes"}, "the rest follows"
    assert not header["same"] and not header["beside"]
    assert len(files) == len(path.stages) + 1 and all(file[8:12] == b"WEBP" for file in files)


def test_what_does_not_follow_is_sent(photo: Photo) -> None:
    pixels = photo(16, 16, 0)
    path = trace_tokens(tiny_model(FAMILY["scale"]), pixels)
    first = replace(path.stages[0], conditioned=path.stages[0].conditioned ** 2, bounded=path.stages[0].bounded + 0.1)
    other = replace(path, stages=(first, *path.stages[1:]))
    found = PhotoPath(ZOO[FAMILY["scale"]], other, (1, 1))
    _, arrays, _ = unpacked(message_of(found, pack_latents(found, pixels)), "PATH")
    assert {"conditioned0", "bounded0"} <= set(arrays) and "conditioned1" not in arrays
    np.testing.assert_array_equal(arrays["bounded0"], first.bounded)


def test_a_stack_comes_with_what_every_conditioning_misses_of_the_same_latent(photo: Photo) -> None:
    working = WorkingPhoto("test_payload", photo(24, 32, 0))
    found = path_of(working, "continuous-5.fsq-2-s2-scale")
    latents = packed_latents(working, found)
    header, _, _ = unpacked(message_of(found, latents), "PATH")
    late, arrays, _ = unpacked(latents_payload(latents), "LATE")
    assert header["same"] and [look["name"] for look in header["beside"]] == list(CONDITIONINGS)
    rms = {entry["name"]: entry["rms"] for entry in late["arrays"] if "rms" in entry}
    for k, stage in enumerate(found.path.stages):
        np.testing.assert_allclose(arrays[f"scale-missing{k}"], stage.remainder, atol=5.1e-4)
        assert rms[f"scale-missing{k}"] == pytest.approx(np.sqrt(np.square(stage.remainder).mean()), rel=1e-4)
        other = path_of(working, "continuous-5.fsq-2-s2-none")
        np.testing.assert_array_equal(other.path.latents, found.path.latents)
        np.testing.assert_allclose(arrays[f"none-missing{k}"], other.path.stages[k].remainder, atol=5.1e-4)
    assert packed_latents(working, path_of(working, "continuous-5.fsq-2-s2-none")) is latents
    other_stages = path_of(working, "continuous-5.fsq-2-s3-scale")
    assert packed_latents(working, other_stages).digest != latents.digest


@pytest.mark.parametrize("photo_name", ["cat", "grass", "retina"])
@pytest.mark.parametrize("conditioning", ["none", "layernorm", "geometric"])
def test_another_conditioning_travels_in_half_a_megabyte(photo_name: str, conditioning: str) -> None:
    working = working_photo(example_photo(photo_name), str(SIDE))
    found = path_of(working, f"continuous-5.fsq-4-s4-{conditioning}")
    latents = packed_latents(working, found)
    assert len(message_of(found, latents)) < 500_000
    assert len(latents_payload(latents)) < 1_000_000


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_colours_of_the_symbols_can_be_read(symbol: str) -> None:
    for color, theme in zip(SYMBOLS[symbol], THEMES.values(), strict=True):
        assert contrast(color, theme.page) >= 4.5
