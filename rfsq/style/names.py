"""Names from outside as a terminal may safely show them."""

from __future__ import annotations

import os
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_JOINERS = "\u200c\u200d"  # some scripts, and emoji, are wrong without them


def printable(text: str | os.PathLike[str]) -> str:
    """The text on one line, with nothing in it that moves the cursor, colours, or turns the direction of reading.

    Such characters, and bytes of a file name that are no text, are written as in Python: `\\n`, `\\x1b`, `\\u202e`.
    """
    text = os.fspath(text)
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte that was no text (see PEP 383)
        return f"\\x{ord(character) - 0xDC00:02x}"
    if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in _JOINERS:
        return character
    code = ord(character)
    return _SHORT.get(character) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
