"""The bytes of a file, a path or a stream, and no more of them than a picture can need."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from rfsq.photos.errors import ImageError
from rfsq.style.names import printable

MAX_BYTES: Final = 512_000_000  # a 50-megapixel TIFF with 16-bit RGBA samples has 400 MB


def read_bytes(source: bytes | str | Path | BinaryIO) -> bytes:
    """All bytes of a file, a stream or a buffer.

    Raises ImageError for what cannot be read or has too many bytes, TypeError for a stream of text.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    elif isinstance(source, str | Path):
        data = _read_file(source)
    else:
        try:
            data = source.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            raise ImageError("This file could not be read to its end.") from error
        if not isinstance(data, bytes):
            raise TypeError(f"expected a stream of bytes, got one of {type(data).__name__}")
    _check_bytes(len(data))
    return data


def _check_bytes(count: int) -> None:
    if count > MAX_BYTES:
        raise ImageError(f"This file has more than {MAX_BYTES // 10**6} MB, which is the limit.")


def _read_file(path: str | Path) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise ImageError(f"'{printable(path)}' is a folder, not a picture.")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe or device could wait for ever
            raise ImageError(f"'{printable(path)}' is not a regular file.")
        _check_bytes(status.st_size)
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)  # bounded again: the file may grow meanwhile
    except FileNotFoundError as error:
        raise ImageError(f"There is no file '{printable(path)}'.") from error
    except OSError as error:
        raise ImageError(
            f"'{printable(path)}' cannot be opened: {(error.strerror or 'unknown reason').lower()}."
        ) from error
    except ImageError:
        raise
    except ValueError as error:  # a zero byte or a lone surrogate in the path
        raise ImageError(f"{str(path)!r} is not a file name.") from error
