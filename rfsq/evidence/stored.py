"""The JSON files of measurements beside the checkpoints: one way to read them, whoever wrote them, and one to write."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from rfsq.machine.atomic import write_atomically
from rfsq.style.names import printable

T = TypeVar("T")
LIMIT: Final = 8 * 2**20  # bytes of a file, where its reader names no other
_LINE: Final = 300  # characters of an entry that is one row of a table
_WORDS: Final = 120  # characters of a reason: it may quote a file that a stranger made


class ResultsError(ValueError):
    """Measurements cannot be used; the message says in one sentence why."""


def load_stored(path: Path, read: Callable[[Any], T], *, format: int | None, limit: int = LIMIT) -> T | None:
    """What `read` makes of the file, None where there is none. Raises as `read_stored` does."""
    return read_stored(path, read, format=format, limit=limit) if path.is_file() else None


def read_stored(path: Path, read: Callable[[Any], T], *, format: int | None, limit: int = LIMIT) -> T:
    """What `read` makes of the JSON in a file, without its entry "format".

    read: may raise ValueError, KeyError, TypeError, AttributeError, IndexError or RecursionError for what it cannot use; it
    meets finite numbers only. format: that the file must say it has; None for files that say nothing of it. limit: bytes.
    Raises ResultsError: the file is missing, too large, damaged or of another format.
    """
    try:
        if path.stat().st_size > limit:
            raise ResultsError(f"{path.name} is larger than {limit // 2**20} MiB, which no such file is.")
        content = path.read_bytes()
    except OSError as error:
        raise ResultsError(f"{path.name} cannot be read ({error.strerror}).") from error
    try:
        record = json.loads(content, parse_float=_finite, parse_constant=_not_finite)
        if format is not None and (found := record.pop("format")) != format:
            raise ResultsError(f"{path.name} is of format {found!r:.20}, and this program reads format {format}.")
        return read(record)
    except ResultsError:
        raise
    except json.JSONDecodeError as error:
        raise ResultsError(f"{path.name} is damaged (it is not valid JSON).") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ResultsError(f"{path.name} is damaged ({_reason(error)}).") from error


def write_stored(path: Path, record: Mapping[str, Any], *, format: int) -> None:
    """Write the file atomically, a line for what is one row: 10,000 scores should not be 10,000 lines.

    Raises ValueError for a number that is not finite, TypeError for what JSON cannot hold.
    """
    write_atomically(path, (_laid_out({"format": format, **record}) + "\n").encode())


def _laid_out(value: Any, indent: str = "") -> str:
    """JSON: a list of numbers or texts is one line, and so is what is short and holds no object; the rest, one for each item."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, dict | list | tuple):
        return line
    items = list(value.values() if isinstance(value, dict) else value)
    flat = not isinstance(value, dict) and not any(isinstance(item, dict | list | tuple) for item in items)
    if flat or (len(line) <= _LINE and not any(isinstance(item, dict) for item in items)):
        return line
    deeper = indent + " "
    lines = [_laid_out(item, deeper) for item in items]
    if isinstance(value, dict):
        lines = [f"{json.dumps(str(key), ensure_ascii=False)}: {line}" for key, line in zip(value, lines, strict=True)]
    start, end = "{}" if isinstance(value, dict) else "[]"
    return f"{start}\n{deeper}" + f",\n{deeper}".join(lines) + f"\n{indent}{end}"


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _not_finite(text)
    return value


def _not_finite(text: str) -> NoReturn:
    raise ValueError(f"{text[:_WORDS]} is not a finite number")


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not text"
    words = printable(f"it lacks {error}" if isinstance(error, KeyError) else str(error))
    return words if len(words) <= _WORDS else words[: _WORDS - 1] + "…"
