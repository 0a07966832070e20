"""What goes wrong in code that is not ours, as one sentence with the place."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfsq.machine.places import place_of


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
    place = place_of(traceback.extract_tb(error.__traceback__))
    return f"{place}, " if place else ""
