"""ICC profiles made of curves and primaries, the kind that cameras, screens and editors write (ICC.1:2022)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import numpy as np

from rfsq.photos.colour_space import STORED, ColourSpace, space_of, space_of_lenient_codes

_TABLES: Final = (b"A2B0", b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2")


def space_of_profile(profile: bytes) -> ColourSpace | None:
    """The colour space of a grey or RGB profile; None for one made of tables, for other colours, or broken."""
    try:
        tags = _tags(profile)
        if profile[36:40] != b"acsp" or profile[20:24] != b"XYZ " or any(table in tags for table in _TABLES):
            return None
        if profile[16:20] == b"GRAY":
            return space_of(np.eye(3), [_curve(tags[b"kTRC"])])
        if profile[16:20] != b"RGB ":
            return None
        columns = [struct.unpack_from(">3i", tags[name], 8) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        curves = [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
    except (struct.error, KeyError, IndexError, ValueError, ArithmeticError):
        return None
    return space_of(np.array(columns).T / 65536, curves)


def space_of_code_points(profile: bytes) -> ColourSpace | None:
    """The space that a profile of version 4.4 names beside its curves, in its cicp tag; browsers prefer it.

    Raises ImageError for PQ and HLG.
    """
    try:
        tag = _tags(profile).get(b"cicp", b"")
    except (struct.error, ValueError):
        return None
    return space_of_lenient_codes(tag[8], tag[9]) if len(tag) >= 12 else None


def colours_of(profile: bytes) -> bytes:
    """The signature of the colours that it was made for: b"RGB ", b"GRAY", b"CMYK" …; empty when there is none."""
    return profile[16:20] if profile[36:40] == b"acsp" else b""


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for at in range(132, 132 + 12 * min(count, 200), 12):
        name, start, size = struct.unpack_from(">4sII", profile, at)
        if start + size > len(profile):
            raise ValueError("a tag lies beyond the end")
        tags[name] = profile[start : start + size]
    return tags


def _curve(tag: bytes) -> np.ndarray:
    """Light of `STORED`. Raises ValueError and struct.error for a broken one."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return STORED
        points = np.frombuffer(tag, ">u2", count, 12)  # too few bytes: ValueError
        if count == 1:
            return STORED ** (points[0] / 256)
        return np.interp(STORED, np.linspace(0, 1, count), points / 65535)
    if tag[:4] != b"para":
        raise ValueError("no curve")
    (kind,) = struct.unpack_from(">H", tag, 8)
    values = struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)
    g, a, b, c, d, e, f = _PARAMETERS[kind](*(value / 65536 for value in values))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        return np.where(STORED >= d, np.maximum(a * STORED + b, 0) ** g + e, c * STORED + f)


# ICC.1:2022, table 68, each kind as Y = (aX + b)^g + e for X ≥ d, else cX + f.
_PARAMETERS: Final[tuple[Callable[..., tuple[float, ...]], ...]] = (
    lambda g: (g, 1, 0, 0, 0, 0, 0),
    lambda g, a, b: (g, a, b, 0, -b / a, 0, 0),
    lambda g, a, b, c: (g, a, b, 0, -b / a, c, c),
    lambda g, a, b, c, d: (g, a, b, c, d, 0, 0),
    lambda g, a, b, c, d, e, f: (g, a, b, c, d, e, f),
)
