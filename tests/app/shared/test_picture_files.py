"""Pictures over HTTP: by a name that nobody can guess, kept by the browser, and gone when nobody shows them any more."""

from __future__ import annotations

import asyncio
import gc

import numpy as np
import pytest
from apart import apart
from starlette.requests import Request
from starlette.responses import Response

from rfsq.app.routes import routes
from rfsq.app.shared import picture_files
from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.shared.picture_files import PictureFile, name_of, offer, picture
from rfsq.app.viewer import pictures
from rfsq.app.viewer.pictures import encode_picture


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


def test_the_route_stands_in_the_list() -> None:
    assert [route.path for route in routes() if getattr(route, "endpoint", None) is picture] == ["/pictures/{name}"]  # type: ignore[attr-defined]
