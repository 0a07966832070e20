"""Pictures over HTTP: by a name that nobody can guess, kept by the browser, and gone when nobody shows them any more."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from apart import apart
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from rfsq.app.routes import routes
from rfsq.app.shared import picture_files
from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.shared.picture_files import PictureFile, name_of, offer, picture
from rfsq.app.viewer import pictures
from rfsq.app.viewer.pictures import encode_picture, known_file


def get(name: str, **headers: str) -> Response:
    sent = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/pictures/{name}",
        "headers": sent,
        "path_params": {"name": name},
    }
    return apart(asyncio.run, picture(Request(scope)))


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def test_a_file_is_given_by_its_name_for_the_browser_to_keep() -> None:
    file = encode_picture(noise(1))
    answer = get(file.name)
    assert (answer.status_code, answer.body, answer.media_type) == (200, file.data, "image/webp")
    kept = answer.headers["cache-control"]
    assert "immutable" in kept and "private" in kept, "the browser asks once, and no proxy keeps somebody's photo"
    again = get(file.name, if_none_match=answer.headers["etag"])
    assert again.status_code == 304 and not again.body
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_name_says_nothing_to_those_who_know_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = noise(2)
    mine = encode_picture(pixels).name
    assert mine == name_of("rgb(6, 9, 3)", pixels.data) and len(mine) == 32
    monkeypatch.setattr(picture_files, "_KEY", b"of another process")
    assert name_of("rgb(6, 9, 3)", pixels.data) != mine


def test_nothing_else_is_given() -> None:
    offer(held := PictureFile("a" * 32, b"RIFF....WEBP"))
    for name in ("b" * 32, "", "../" + held.name, held.name.upper(), held.name[:-1], "%00", "ä"):
        answer = get(name)
        assert answer.status_code == 404 and not answer.body and answer.headers["cache-control"] == "no-store"


def test_a_file_can_be_fetched_as_long_as_somebody_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_ENCODED", BoundedCache(1))
    held = encode_picture(noise(3))
    name = held.name
    encode_picture(noise(4))  # of somebody else: the cache has room for one
    gc.collect()
    assert get(name).status_code == 200
    del held
    gc.collect()
    assert get(name).status_code == 404


def test_what_two_make_at_once_stays_for_the_one_who_still_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind of fault in which the end of one file takes the name from its twin."""
    monkeypatch.setattr(pictures, "_ENCODED", BoundedCache(10**6))
    pixels = noise(5)
    pixels.flags.writeable = False
    both, encode = threading.Barrier(2, timeout=60), pictures.encode_lossless

    def together(picture: Image.Image, **how: bool) -> bytes:
        both.wait()
        return encode(picture, **how)

    monkeypatch.setattr(pictures, "encode_lossless", together)
    with ThreadPoolExecutor(2) as pool:
        mine, theirs = pool.map(encode_picture, [pixels, pixels])
    name = mine.name
    assert mine is theirs is known_file(pixels)
    del mine
    gc.collect()
    assert get(name).status_code == 200
    offer(PictureFile(name, theirs.data))  # made anew after the cache forgot it, and let go
    gc.collect()
    assert get(name).status_code == 200


def test_a_file_of_the_cache_that_nobody_showed_for_a_while_can_be_fetched_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "_ENCODED", BoundedCache(10**6))
    pixels = noise(6)
    pixels.flags.writeable = False
    held = PictureFile(name_of("rgb(6, 9, 3)", pixels.data), b"RIFF....WEBP")
    offer(held)  # by somebody for whom it was made before the cache forgot it
    encode_picture(pixels)
    del held
    gc.collect()
    assert get(name_of("rgb(6, 9, 3)", pixels.data)).status_code == 404
    shown = known_file(pixels)
    assert shown is not None and get(shown.name).status_code == 200


def test_the_route_stands_in_the_list() -> None:
    assert [route.path for route in routes() if getattr(route, "endpoint", None) is picture] == ["/pictures/{name}"]  # type: ignore[attr-defined]
