"""Calls in a thread of their own: the thread of the tests holds the event loop of a browser once a browser test ran."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_T = TypeVar("_T")


def apart(call: Callable[..., _T], *arguments: Any) -> _T:
    """What the call returns or raises. `apart(asyncio.run, coroutine)` runs a coroutine whatever ran before."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(call, *arguments).result()
