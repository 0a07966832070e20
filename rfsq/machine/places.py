"""Where in code that is not ours something happens, as people write it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from traceback import FrameSummary

import rfsq

_OURS = str(Path(rfsq.__file__).parent)
_LIBRARIES = ("site-packages", "dist-packages", "importlib", "<frozen")


def place_of(frames: Sequence[FrameSummary]) -> str:
    """Such as "mine.py:12": the deepest line of a file that is neither ours nor a library's; a library's if there is no
    other. Empty where the deepest line is ours, or there is none of a file."""
    outside = [frame for frame in frames if not frame.filename.startswith((_OURS, "<string>"))]
    own = [frame for frame in outside if not any(part in frame.filename for part in _LIBRARIES)]
    if not own and frames and frames[-1].filename.startswith(_OURS):
        return ""  # one of our own quantizers refuses its input
    for frame in reversed(own or outside):
        return f"{Path(frame.filename).name}:{frame.lineno}"
    return ""
