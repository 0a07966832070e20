"""Picture files that the browser fetches by name: each travels to it once, however often a page names it.

A name is a keyed hash of what the picture shows, with a key that this process makes up when it starts and tells nobody. So
equal pictures have one name, and no name can be guessed, not even by somebody who has the same photo; only the page that shows
a picture says its name. A file can be fetched as long as some session shows it or the cache of files still holds it.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import Response

ADDRESS: Final = "pictures"  # of the route, below the server's base path
_KEY: Final = secrets.token_bytes(32)
_HEADERS: Final = {
    "Cache-Control": "private, max-age=31536000, immutable",  # another picture has another name; no proxy keeps it
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",  # no other site can put it into its page
}


@dataclass(frozen=True, eq=False)
class PictureFile:
    """A lossless picture file."""

    name: str  # of the pixels: equal pictures have equal names
    data: bytes
    ceiling: float = 0.0  # error maps only: the 99.5th percentile, in [0, 1]


_OFFERED: Final[WeakValueDictionary[str, PictureFile]] = WeakValueDictionary()
_ONE_AT_A_TIME: Final = threading.Lock()


def name_of(kind: str, pixels: memoryview) -> str:
    """The name of a picture, 32 hexadecimal digits. kind: what else tells pictures apart, such as their shape."""
    name = hashlib.blake2b(kind.encode(), digest_size=16, key=_KEY)
    name.update(pixels)
    return name.hexdigest()


def offer(file: PictureFile) -> PictureFile:
    """Let it be fetched as long as somebody holds what this returns: the file of this name that is held already, or else this.

    One file for each name: with two, the end of the newer one would take the name from those who hold the older one.
    """
    with _ONE_AT_A_TIME:
        return _OFFERED.setdefault(file.name, file)


async def picture(request: Request) -> Response:
    """Answer with the file of this name, or 404."""
    name: str = request.path_params["name"]
    file = _OFFERED.get(name)
    if file is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    headers = {**_HEADERS, "ETag": f'"{name}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    kind = "image/webp" if file.data[8:12] == b"WEBP" else "image/png"
    return Response(file.data, media_type=kind, headers=headers)
