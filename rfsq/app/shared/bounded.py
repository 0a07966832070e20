"""A cache bounded by bytes, shared by all viewers of a process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class BoundedCache:
    """Least recently used results, bounded by their bytes. Values are shared between threads: never change one."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def peek(self, key: Hashable) -> Any | None:
        """The stored value, or None."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def get(self, key: Hashable, compute: Callable[[], T], size_of: Callable[[T], int]) -> T:
        """The stored value, or what `compute` gives; it then counts `size_of(value)` bytes. All who ask get the same object."""
        found: T | None = self.peek(key)
        if found is not None:
            return found
        value = compute()  # outside the lock: two viewers may compute the same once each, none waits for another
        with self._lock:
            if key in self._entries:  # somebody else was faster
                stored: T = self._entries[key][0]
                return stored
            size = size_of(value)
            self._entries[key] = (value, size)
            self._bytes += size
            # The newest entry stays even when it alone is over the limit: it is about to be shown.
            while self._bytes > self._limit and len(self._entries) > 1:
                self._bytes -= self._entries.popitem(last=False)[1][1]
            return value
