"""The first directory of a TIFF or BigTIFF file, which EXIF blocks have as well (TIFF 6.0, section 2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

# By TIFF's number of a field's type; rationals are left out, as nothing here asks for one.
_UNSIGNED: Final = {1: "u1", 2: "u1", 3: "u2", 4: "u4", 7: "u1", 13: "u4", 16: "u8"}
_TYPES: Final = _UNSIGNED | {6: "i1", 8: "i2", 9: "i4", 17: "i8", 11: "f4", 12: "f8"}
_MAX_ENTRIES: Final = 4096
_MAX_NUMBERS: Final = 4096  # a palette has 768


@dataclass(frozen=True, eq=False)
class Directory:
    """Fields by tag."""

    order: str  # "<" or ">"
    fields: dict[int, np.ndarray]  # of numbers, views into the file

    def numbers(self, tag: int) -> list[int]:
        """The values as whole numbers, no more than a sane field has; empty when the tag is missing."""
        values = self.fields.get(tag)
        return [] if values is None else [int(value) for value in np.nan_to_num(values[:_MAX_NUMBERS])]

    def number(self, tag: int, default: int) -> int:
        """The first value as a whole number."""
        values = self.fields.get(tag)
        return default if values is None or not len(values) else int(np.nan_to_num(values[0]))


def directory_of(data: bytes) -> Directory:
    """Read it. A field whose values lie beyond the end is left out. Raises ValueError and struct.error."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise ValueError("no byte order")
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    word, entry_bytes, start = ("Q", 20, 8) if big else ("I", 12, 4)
    (at,) = struct.unpack_from(order + word, data, start)
    if at > len(data):
        raise ValueError("the directory lies beyond the end")
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
    at += 8 if big else 2
    fields: dict[int, np.ndarray] = {}
    for place in range(at, at + entry_bytes * min(count, _MAX_ENTRIES), entry_bytes):
        if place + entry_bytes > len(data):
            break
        tag, kind, values = struct.unpack_from(f"{order}HH{word}", data, place)
        if kind not in _TYPES or tag in fields:
            continue
        dtype = np.dtype(order + _TYPES[kind])
        inline = 8 if big else 4
        value_at = place + entry_bytes - inline
        if values * dtype.itemsize > inline:
            (value_at,) = struct.unpack_from(order + word, data, value_at)
        if value_at + values * dtype.itemsize <= len(data):
            fields[tag] = np.frombuffer(data, dtype, values, value_at) if values else np.empty(0, dtype)
    return Directory(order, fields)
