"""What a command prints: it never ends the work, whatever the encoding and whoever stops reading."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rfsq.style.names import printable

STANDARD_INPUT, STANDARD_OUTPUT = Path("/dev/stdin"), Path("/dev/stdout")  # what `-` means as a file

_PLAIN = {
    "─": "-",
    "–": "-",
    "−": "-",
    "‑": "-",
    "…": "...",
    "×": "x",
    "·": ".",
    "→": "->",
    "÷": "/",
    "²": "2",
    "⁶": "^6",
    "⁹": "^9",
    "∞": "inf",
    "’": "'",
    "“": '"',
    "”": '"',
    "ꟻ": "F",
    "\u00a0": " ",
    "\u2009": " ",
    "\u202f": " ",
}


class _Lasting(io.FileIO):
    """An open file whose writing never fails; the first error but that nobody reads any more is kept."""

    error: OSError | None = None

    def write(self, content: object) -> int:
        data = memoryview(content).cast("B")  # type: ignore[arg-type]  # a buffer, as the base class takes it
        rest = data
        try:
            while rest:
                rest = rest[super().write(rest) or 0 :]
        except BrokenPipeError:  # as with `| head`: what is left to do is done all the same
            pass
        except OSError as error:
            self.error = self.error or error
        return data.nbytes


@contextmanager
def lasting_output() -> Iterator[None]:
    """Print to standard output and error so that no encoding, closed pipe or full disk stops the work.

    Characters that the encoding lacks become plainer ones. Raises OSError at the end if standard output could not be
    written for another reason than that its reader has gone. Changes nothing where Python's own streams are replaced.
    """
    codecs.register_error("rfsq.plainer", _plainer)
    before = {name: getattr(sys, name) for name in ("stdout", "stderr")}
    lasting: dict[str, _Lasting] = {}
    for name, stream in before.items():
        if stream is None:  # closed before we began; nothing that is opened later may get its number
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif stream is getattr(sys, f"__{name}__") and isinstance(stream, io.TextIOWrapper):
            stream.flush()
            lasting[name] = _Lasting(stream.fileno(), "wb", closefd=False)
            setattr(sys, name, _like(stream, lasting[name]))
    try:
        yield
    finally:
        for name in lasting:
            getattr(sys, name).flush()
            setattr(sys, name, before[name])
    if "stdout" in lasting and (error := lasting["stdout"].error) is not None:
        raise OSError(error.errno, error.strerror, "standard output")


def _like(stream: io.TextIOWrapper, raw: _Lasting) -> TextIO:
    return io.TextIOWrapper(
        raw if stream.write_through else io.BufferedWriter(raw),  # the former as `python -u` does
        encoding=stream.encoding,
        errors="rfsq.plainer",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """A handler for `codecs.register_error`: what stands in for the characters that cannot be encoded."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    plain = "".join(_PLAIN.get(character, "?") for character in text)
    return plain.encode("ascii", "replace").decode(), error.end


def sentence(error: Exception) -> str:
    """What an error says, on one line that is safe on a terminal."""
    if isinstance(error, OSError) and error.strerror:
        words = error.strerror[:1].lower() + error.strerror[1:]
        return words if error.filename is None else f"'{printable(str(error.filename))}': {words}"
    return printable(" ".join(str(error).split())) or type(error).__name__
