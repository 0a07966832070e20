"""What goes wrong in code that is not ours, as one sentence with the place."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rfsq

_OURS = str(Path(rfsq.__file__).parent)
_LIBRARIES = ("site-packages", "dist-packages", "importlib", "<frozen")


class ForeignError(ValueError):
    """A quantizer from outside cannot be used; the message says why, and where in its code."""


@contextmanager
def foreign_code(doing: str) -> Iterator[None]:
    """Run code from outside: whatever it raises becomes a ForeignError, "mine.py:12, DOING: ValueError: …".

    Also where it ends the process by `sys.exit`. An interrupt by the user stays what it is.
    """
    try:
        yield
    except ForeignError:
        raise
    except SystemExit as error:
        raise ForeignError(f"{_place(error)}{doing}: it calls for the end of the process (sys.exit)") from error
    except Exception as error:
        raise ForeignError(f"{_place(error)}{doing}: {said(error)}") from error


def said(error: BaseException) -> str:
    """The kind of an error and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _place(error: BaseException) -> str:
    """Such as "mine.py:12, ": the deepest line that is neither ours nor a library's; a library's if there is no other."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}:{error.lineno}, "
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if not frame.filename.startswith(_OURS)]
    own = [frame for frame in outside if not any(part in frame.filename for part in _LIBRARIES)]
    if not own and len(frames) and frames[-1].filename.startswith(_OURS):
        return ""  # one of our own quantizers refuses its input
    for frame in reversed(own or outside):
        return f"{Path(frame.filename).name}:{frame.lineno}, "
    return ""
