"""Whose turn it is to compute: one viewer at a time, and who waits for pictures comes before what can come later.

A computation keeps all cores busy and takes much memory, so several at once would make everybody wait for all of them, and
multiply the memory. What a turn makes goes to the store: who waited for the same finds it there when the turn comes.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

LATER_S: Final = 120.0  # what can come later is behind all that is asked for in so many seconds after it
_LOOK_S: Final = 0.05  # how often who waits looks whether the result is still wanted
_ASKED: ContextVar[float | None] = ContextVar("asked", default=None)  # when; None: at every turn anew
_LATER: ContextVar[bool] = ContextVar("later", default=False)


@dataclass(order=True)
class _Waiting:
    """Somebody in the queue; the smallest is next."""

    due: float  # seconds of the monotonic clock
    number: int  # of those due at one time, who came first
    thread: int = field(compare=False)
    called: threading.Event = field(default_factory=threading.Event, compare=False)


class Turns:
    """A queue for one place. A thread that has its turn may take it again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None  # the thread whose turn it is
        self._queue: list[_Waiting] = []
        self._numbers = itertools.count()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait, then do what is inside alone. Whoever comes here while their viewer has asked for another run ends."""
        if self._holder == threading.get_ident():
            yield
            return
        self._take()
        try:
            yield
        finally:
            with self._lock:
                self._pass_on()

    def give_way(self) -> None:
        """In the middle of long work: let all others compute who are due by now. Does nothing out of turn."""
        me = threading.get_ident()
        with self._lock:
            if self._holder != me or not self._queue or self._queue[0].due > _due():
                return
            self._pass_on()
        self._take()

    def _take(self) -> None:
        _let_newer_run_in()
        waiting = _Waiting(_due(), next(self._numbers), threading.get_ident())
        with self._lock:
            if self._holder is None:
                self._holder = waiting.thread
                return
            heapq.heappush(self._queue, waiting)
        try:
            while not waiting.called.wait(_LOOK_S):
                _let_newer_run_in()
        except BaseException:
            with self._lock:
                if waiting.called.is_set():
                    self._pass_on()
                else:
                    self._queue.remove(waiting)
                    heapq.heapify(self._queue)
            raise

    def _pass_on(self) -> None:
        if not self._queue:
            self._holder = None
            return
        following = heapq.heappop(self._queue)
        self._holder = following.thread
        following.called.set()


@cache
def turns() -> Turns:
    """The one queue of this process."""
    return Turns()


@contextmanager
def asked_now(at: float | None = None) -> Iterator[None]:
    """All turns that this thread takes inside were asked for now: one viewer after the other, not all by turns.

    at: or then, in seconds of the monotonic clock.
    """
    before = _ASKED.set(time.monotonic() if at is None else at)
    try:
        yield
    finally:
        _ASKED.reset(before)


@contextmanager
def later() -> Iterator[None]:
    """What this thread computes inside can wait while others wait for their pictures."""
    before = _LATER.set(True)
    try:
        yield
    finally:
        _LATER.reset(before)


def _due() -> float:
    asked = _ASKED.get()
    return (time.monotonic() if asked is None else asked) + (LATER_S if _LATER.get() else 0.0)


def _let_newer_run_in() -> None:
    """Streamlit ends a run that a newer one overtook when the run looks at the state of its session, and only then. What is
    computed beside a run goes on until it is given up."""
    if not _LATER.get() and get_script_run_ctx(suppress_warning=True) is not None:
        st.session_state.get("turn")
