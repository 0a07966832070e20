"""What is in a folder: the one rule for every command that reads photos or files from one."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path


def files_in(
    folder: Path, suffixes: Collection[str], unreadable: Callable[[Path, OSError], None] | None = None
) -> list[Path]:
    """The files with these suffixes (lower case) in a folder and the folders in it, sorted.

    Hidden files and folders are left out, and with them the "._photo.jpg" that macOS writes beside a photo; so are
    pipes and devices. Linked folders are followed, and each folder is read once, however many links lead to it: under
    its own place if that is inside `folder`. A link to nowhere is listed, so that whoever reads it can say so.
    Raises OSError for a folder that cannot be read, or for one further down calls `unreadable` instead, if given.
    """
    found: list[Path] = []
    seen: set[tuple[int, int]] = set()
    folders, linked = deque([folder]), deque[Path]()
    while folders or linked:
        here = folders.popleft() if folders else linked.popleft()  # all real folders first
        try:
            status = here.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            names = sorted(os.listdir(here))
        except OSError as error:
            if unreadable is None or here == folder:
                raise
            unreadable(here, error)
            continue
        for path in (here / name for name in names if not is_hidden(name)):
            if path.is_dir():
                (linked if path.is_symlink() else folders).append(path)
            elif path.suffix.lower() in suffixes and _may_be_read(path):
                found.append(path)
    return sorted(found)


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is one that people do not see."""
    return name.startswith(".") and name not in (".", "..")


def _may_be_read(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:  # a link to nowhere, to itself, or to where we may not look
        return path.is_symlink()
