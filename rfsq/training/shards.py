"""Photos in tar shards: which members count, read one after the other from a file or a URL. Nothing is unpacked."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

import webdataset as wds

from rfsq.machine.folders import is_hidden
from rfsq.photos.read import IMAGE_SUFFIXES
from rfsq.photos.source import MAX_BYTES
from rfsq.style.names import printable


class ShardError(ValueError):
    """A shard cannot be read to its end; the message says why in one sentence."""


# Documented as kinds of HeaderError only, so typeshed does not list them; the others mean the end of the archive.
_DAMAGES = (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError)  # type: ignore[attr-defined]


class _Member(tarfile.TarInfo):
    """A header that is damaged or cut ends the archive with an error; `tarfile` alone takes it for the end."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> _Member:
        try:
            return super().fromtarfile(archive)
        except _DAMAGES as error:
            raise tarfile.ReadError(f"{error} at byte {archive.offset}") from error


def expand(location: str) -> list[str]:
    """The shards of a brace pattern ("http://…/train-{0000..0099}.tar"). Raises ShardError."""
    try:
        return list(wds.shardlists.expand_urls(location))
    except Exception as error:
        raise ShardError(f"{printable(location)} is not a pattern of shards ({error}).") from error


def is_remote(shard: str) -> bool:
    """Whether a shard is read through a program or the network, and so only once and in order."""
    return "://" in shard or shard.startswith("pipe:")


def photo_names(shard: str) -> list[str]:
    """The names of the photos in a shard, without reading them where it is a file. Raises ShardError."""
    with _open(shard) as archive:
        return [member.name for member in _photos(archive)]


def read_photos(shard: str) -> Iterator[tuple[str, bytes]]:
    """(place and name, unique in the shard; content) of each photo of a shard, in order. Raises ShardError.

    Of a member beyond the size that pictures may have, no more is read than shows that it is too large.
    """
    with _open(shard) as archive:
        for member in _photos(archive):
            file = archive.extractfile(member)
            assert file is not None  # it is a regular file
            content = file.read(MAX_BYTES + 1)
            if len(content) < min(member.size, MAX_BYTES):
                raise tarfile.ReadError("unexpected end of data")
            yield f"{member.offset}/{member.name}", content


def _photos(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """All regular members that are named like pictures and not hidden, even two of one name.

    Links are not followed, and sparse members are left out: with a few bytes they could claim any size.
    """
    while (member := archive.next()) is not None:
        name = PurePosixPath(member.name)
        if (
            member.isreg()
            and not member.issparse()
            and name.suffix.lower() in IMAGE_SUFFIXES
            and not any(map(is_hidden, name.parts))
        ):
            yield member


@contextmanager
def _open(shard: str) -> Iterator[tarfile.TarFile]:
    """Raises ShardError for whatever goes wrong meanwhile."""
    try:
        with _stream(shard) as stream, _archive(stream, "r|*" if is_remote(shard) else "r:*") as archive:
            yield archive
    except ShardError:
        raise
    except Exception as error:  # a hostile archive makes tarfile raise nearly every built-in exception
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).partition(": - ")[0]
        raise ShardError(f"{printable(shard)} is not a readable tar shard ({printable(reason)}).") from error


def _archive(stream: BinaryIO, mode: Literal["r:*", "r|*"]) -> tarfile.TarFile:
    return tarfile.open(fileobj=stream, mode=mode, tarinfo=_Member, encoding="utf-8", errors="surrogateescape")


def _stream(shard: str) -> BinaryIO:
    if is_remote(shard):
        return wds.gopen(shard)
    if not os.path.isfile(shard):  # opening a pipe could wait for ever
        raise ShardError(f"There is no shard {printable(shard)}.")
    return Path(shard).open("rb")
