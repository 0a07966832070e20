"""What a command may write over: never what it reads, and nothing of the user's with a copy that has lost something."""

from __future__ import annotations

import argparse
import io
import mimetypes
import os
import stat
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from rfsq.codec.bitstream import MAGIC
from rfsq.machine.atomic import write_atomically
from rfsq.photos.read import IMAGE_SUFFIXES
from rfsq.photos.write import encode_png
from rfsq.style.names import printable

JPEG_QUALITY = 95  # with full colour resolution: little is lost on top of what the model lost
JPEG_MAX_SIDE = 65_500  # pixels, of the library that writes it
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
_MARK = b"RFSQ Lab (reconstruction)"
_START_BYTES = 200  # of a file, that hold the mark
_IHDR_END = 33  # bytes of a PNG file: the signature and the first chunk
_TYPES = mimetypes.MimeTypes().types_map  # of Python itself, the same on every machine


class TargetError(ValueError):
    """A result must not be written where it was asked for; the message says why."""


def reconstruction_file(pixels: np.ndarray, out: Path) -> bytes:
    """(H, W, 3) uint8 pixels as JPEG if the name `out` says so, else as PNG, which loses nothing.

    The file says of itself that it is a reconstruction, so that a new one may replace it. Raises TargetError for a JPEG
    file that would be too large.
    """
    if out.suffix.lower() in (".jpg", ".jpeg"):
        if max(pixels.shape[:2]) > JPEG_MAX_SIDE:
            raise TargetError(f"A JPEG file has at most {JPEG_MAX_SIDE} pixels a side; a .png name has no such limit.")
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling="4:4:4", comment=_MARK)
        return buffer.getvalue()
    png, text = encode_png(pixels), b"tEXtSoftware\0" + _MARK
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return png[:_IHDR_END] + chunk + png[_IHDR_END:]


def loss_note(out: Path) -> str | None:
    """What to say of a file that holds less than the scores beside it promise."""
    if out.suffix.lower() not in (".jpg", ".jpeg"):
        return None
    return f"{printable(out.name)} is JPEG at quality {JPEG_QUALITY}, which loses a little more; a .png name loses nothing."


def is_reconstruction(start: bytes) -> bool:
    """Whether a file that starts like this was written by `reconstruction_file`."""
    return start.startswith((b"\x89PNG", b"\xff\xd8\xff")) and _MARK in start


def is_rfsq(start: bytes) -> bool:
    """Whether a file that starts like this is one of ours."""
    return start.startswith(MAGIC)


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files, too, that were not made by this command"
    )


def check_name(out: Path, suffixes: Sequence[str]) -> None:
    """Raises TargetError for a name that says another format than those that `suffixes` stand for."""
    said = out.suffix.lower()
    type_ = _TYPES[True].get(said) or _TYPES[False].get(said)
    known = said in (*IMAGE_SUFFIXES, ".rfsq") or type_ not in (None, "application/octet-stream")
    if known and said not in suffixes:
        raise TargetError(
            f"'{printable(out)}' says another format; choose a name that ends in {' or '.join(suffixes)}."
        )


class Targets:
    """Where one run of a command may write.

    sources: all files that it reads. ours: whether a file with this start may be replaced without `overwrite`.
    """

    def __init__(self, sources: Iterable[Path], ours: Callable[[bytes], bool], overwrite: bool) -> None:
        self._ours, self._overwrite = ours, overwrite
        self._sources = {identity for path in sources if (identity := _identity(path)) is not None}
        self._written: set[tuple[int, int]] = set()

    def check(self, out: Path) -> None:
        """Raises TargetError if `out` is a source (by whatever name or link), was written by this run for another source,
        or is a file that was there already and is not ours. Pipes and devices may be written to."""
        identity = _identity(out)
        if identity is None:
            return
        if identity in self._sources:
            raise TargetError(f"'{printable(out)}' is what is read; choose another name for the result.")
        if identity in self._written:  # names that are different for us but not on this disk
            raise TargetError(f"'{printable(out)}' was just made of another file.")
        if self._overwrite:
            return
        with out.open("rb") as file:
            start = file.read(_START_BYTES)
        if start and not self._ours(start):
            raise TargetError(
                f"'{printable(out)}' is there already and was not made by this command; "
                "choose another name, or add --overwrite."
            )

    def write(self, out: Path, content: bytes) -> None:
        """Check and write; raises TargetError, OSError."""
        self.check(out)
        write_atomically(out, content)
        if (identity := _identity(out)) is not None:
            self._written.add(identity)


def _identity(path: Path) -> tuple[int, int] | None:
    """Of a regular file, however it is called; None for what is no such file or not there."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None
