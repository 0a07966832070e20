"""The one way to write a file: nobody ever finds half of one, and links, pipes and devices get what is theirs."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path

_LINKS = 40  # that are followed, as by Linux


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target, flush to disk, then rename: readers see the old file or the new one, never a part.

    A link stays and its target is written; permissions of an old file stay. A pipe, a device and what this process has
    open (/dev/stdout, /dev/fd/3) are written to as they are. Creates missing folders. Raises OSError with the name that
    was asked for; a regular file is then untouched and nothing is left behind.
    """
    try:
        descriptor = _descriptor(path)
        status = _status(path)
        if descriptor is None and status is not None and stat.S_ISREG(status.st_mode):
            descriptor = next((one for one in (1, 2) if _is_open_as(status, one)), None)
        if descriptor is not None:
            _write_to(descriptor, content)
        elif status is not None and (stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode)):
            with open(path, "wb", buffering=0) as file:
                _write_all(file.fileno(), content)
        else:
            _replace(Path(os.path.realpath(path)), status, content)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # the class follows from the number


def is_standard_output(path: Path) -> bool:
    """Whether writing to `path` writes where this process prints (not so for a null device)."""
    status = _status(path)
    if status is None or (stat.S_ISCHR(status.st_mode) and os.path.realpath(path) == os.devnull):
        return False
    return _descriptor(path) == 1 or _is_open_as(status, 1)


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _is_open_as(status: os.stat_result, descriptor: int) -> bool:
    try:
        return os.path.samestat(status, os.fstat(descriptor))
    except OSError:  # it is closed
        return False


def _descriptor(path: Path) -> int | None:
    """The number of the open file that a path such as /dev/stdout or /dev/fd/3 stands for."""
    name = os.fspath(path)
    for _ in range(_LINKS):
        folder, last = os.path.split(os.path.abspath(name))
        if last.isdecimal() and os.path.realpath(folder) == os.path.realpath("/dev/fd"):
            return int(last)
        if not os.path.islink(name):
            return None
        name = os.path.join(os.path.dirname(name), os.readlink(name))
    return None


def _write_to(descriptor: int, content: bytes) -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()  # what was printed before comes before
    _write_all(descriptor, content)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _replace(target: Path, status: os.stat_result | None, content: bytes) -> None:
    if status is not None and stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "neither a file, a pipe nor a character device")
    as_who_writes = os.access in os.supports_effective_ids
    if status is not None and not os.access(target, os.W_OK, effective_ids=as_who_writes):
        # Renaming would get around the protection of the old file.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{secrets.token_hex(8)}.partial")  # short, however long the name of the target is
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if status is not None:
            with suppress(OSError):  # not every file system has permissions
                partial.chmod(stat.S_IMODE(status.st_mode))
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
