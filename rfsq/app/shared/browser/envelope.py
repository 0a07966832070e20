"""What Python and the browser say to each other: one message of bytes there, one report of the person's choice back.

Layout of a message: b"RFSQ", version (uint16), kind (4 bytes), header length (uint32, little endian like all numbers),
header (UTF-8 JSON, padded with spaces so that the body begins at a multiple of 8), body. Streamlit hands the bytes to
the browser unchanged (its `data` may be raw bytes).
"""

from __future__ import annotations

import json
import secrets
import struct
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

MAGIC: Final = b"RFSQ"
VERSION: Final = 1  # of the layout and of all reports: an open page of another version says so instead of guessing
_SESSION: Final = "browser-session"
_FIXED: Final = struct.Struct("<4sH4sI")


def pack(kind: str, header: Mapping[str, Any], *body: bytes) -> bytes:
    """The message for the browser. kind: four letters that say whose it is. Equal input gives equal bytes."""
    head = json.dumps(header).encode()
    head += b" " * (-(_FIXED.size + len(head)) % 8)
    return b"".join([_FIXED.pack(MAGIC, VERSION, kind.encode("ascii"), len(head)), head, *body])


def unpack(message: bytes) -> tuple[str, dict[str, Any], bytes]:
    """Kind, header and body of a message, as the browser reads them. Raises ValueError if it is not one."""
    if len(message) < _FIXED.size:
        raise ValueError("not a message: it is shorter than its fixed part")
    magic, version, kind, length = _FIXED.unpack_from(message)
    if magic != MAGIC or version != VERSION:
        raise ValueError(f"not a message of version {VERSION}: it begins with {message[:6]!r}")
    end = _FIXED.size + length
    return kind.decode("ascii"), json.loads(message[_FIXED.size : end]), message[end:]


def session_name() -> str:
    """Names this session to parts of the page. A page may outlive its session, when the server is started anew: its parts know
    by another name that this one has not heard where the person stands, and say so instead of following it."""
    name: str = st.session_state.setdefault(_SESSION, secrets.token_hex(8))
    return name


def report(key: str, field: str = "report") -> Mapping[str, Any] | None:
    """What the component `key` last reported, before it is drawn in this run; None if nothing of this version.

    It comes from outside: whoever reads a value checks its type and range.
    """
    result = st.session_state.get(key)
    said = result.get(field) if isinstance(result, Mapping) else None
    if not isinstance(said, Mapping) or said.get("version") != VERSION:
        return None
    return said
