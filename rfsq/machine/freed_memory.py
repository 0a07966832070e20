"""Memory that a process has freed, back to the system: glibc's malloc keeps most of it for the process' later wishes."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


@cache
def _trim() -> Any | None:
    """glibc's `malloc_trim`; None where another library allocates."""
    if sys.platform != "linux":
        return None
    try:
        found = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # musl has none
        return None
    found.argtypes, found.restype = [ctypes.c_size_t], ctypes.c_int
    return found


def give_back_freed() -> bool:
    """Give whole pages that nothing uses back to the system. What is in use stays; other threads may go on meanwhile.

    Returns whether there were any: False also where malloc is not glibc's, which is left as it is.
    """
    trim = _trim()
    return trim is not None and trim(0) == 1
