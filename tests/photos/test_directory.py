"""TIFF and BigTIFF directories in both byte orders; hostile ones cost neither memory nor time.

Run: python -m pytest tests/photos/test_directory.py
"""

from __future__ import annotations

import struct

import pytest

from rfsq.photos.directory import directory_of
from rfsq.photos.orientation import orientation_of


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_values_inside_an_entry_and_elsewhere(order: str, big: bool) -> None:
    word, inline = ("Q", 8) if big else ("I", 4)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + ("HHQ" if big else "I"), *((8, 0, 16) if big else (8,)))
    count = struct.pack(order + ("Q" if big else "H"), 3)
    far = len(head) + len(count) + 3 * (4 + 2 * inline)
    entries = struct.pack(f"{order}HH{word}", 256, 3, 1) + struct.pack(order + "H", 640).ljust(inline, b"\0")
    entries += struct.pack(f"{order}HH{word}{word}", 273, 4, 5, far)
    entries += struct.pack(f"{order}HH{word}{word}", 300, 4, 1000, far)  # beyond the end: left out
    directory = directory_of(head + count + entries + struct.pack(order + "5I", 1, 2, 3, 4, 5))
    assert directory.number(256, 0) == 640
    assert directory.numbers(273) == [1, 2, 3, 4, 5]
    assert directory.numbers(300) == [] and directory.number(300, 7) == 7


def test_hostile_directories_are_refused_or_bounded() -> None:
    for data in (b"", b"II", b"II*\0", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", b"II+\0\x08\0\0\0" + b"\xff" * 8):
        with pytest.raises((ValueError, struct.error)):
            directory_of(data)
    many = b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 258, 3, 1_000_000, 10) + bytes(3_000_000)
    assert len(directory_of(many).numbers(258)) == 4096


@pytest.mark.parametrize("kind", ["HH", "I", "BBBB"])
def test_orientation_of_any_integer_type_and_of_nonsense(kind: str) -> None:
    number = {"HH": 3, "I": 4, "BBBB": 1}[kind]
    for value in (1, 6, 8):
        field = struct.pack("<" + kind, *([value] + [0] * (len(kind) - 1)))
        exif = b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHI", 274, number, 1) + field + bytes(4)
        assert orientation_of(exif) == orientation_of(b"Exif\0\0" + exif) == value
    wrong = b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 274, 3, 1, 99) + bytes(4)
    assert [orientation_of(exif) for exif in (wrong, b"", b"Exif\0\0", None, b"MM\0*\xff\xff\xff\xff")] == [1] * 5
