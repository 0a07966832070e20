"""Work beside the runs of a page, in threads of its own: the page shows how far it is and gives it up at any moment."""

from __future__ import annotations

import atexit
import math
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from functools import cache
from typing import Final

from streamlit.runtime.scriptrunner import StopException, add_script_run_ctx

from rfsq.app.shared.turns import asked_now, later

Report = Callable[[float], None]  # takes the share that is done, 0 … 1; raises GivenUp when nobody waits any more

LEFT_AFTER_S: Final = 10.0  # without a sign of its page
_ENOUGH: Final = 0.03  # share after which the pace so far says more than an estimate


class GivenUp(Exception):
    """Nobody waits for the result."""


class Line:
    """Works that wait for each other: one at a time, so that many viewers need one thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[SlowWork] = deque()
        self._busy = False

    def __len__(self) -> int:
        """How many are in it, with the one that is done now."""
        return len(self._waiting) + self._busy

    def join(self, work: SlowWork) -> None:
        """Begin the work, or have it wait behind the others."""
        with self._lock:
            self._waiting.append(work)
        self._begin_next()

    def leave(self, work: SlowWork) -> bool:
        """Wait no longer; whether it did."""
        with self._lock:
            if work not in self._waiting:
                return False
            self._waiting.remove(work)
            return True

    def go_on(self) -> None:
        """The work that was begun gives its place to the next."""
        self._busy = False
        self._begin_next()

    def _begin_next(self) -> None:
        with self._lock:
            if self._busy or not self._waiting:
                return
            self._busy = True
            following = self._waiting.popleft()
        following.begin()


@cache
def viewers_line() -> Line:
    """The one line of this process for what all viewers wait for and can wait for."""
    return Line()


class SlowWork:
    """One piece of work, begun at once or when a line comes to it. What it makes goes to the store; it is given up when its
    page is left.

    key: names what is made. steps: do it one after the other, and report often. expected_s: how long it should take; None:
    unknown. line: each step begins when it is its turn, behind those who wait by then; None: in a thread of its own.
    """

    def __init__(
        self, key: Hashable, *steps: Callable[[Report], None], expected_s: float | None = None, line: Line | None = None
    ) -> None:
        self.key, self.expected_s = key, expected_s
        self.share = 0.0
        self.steps_done = 0
        self.error: Exception | None = None
        self._steps, self._line = steps, line
        self._started = self._seen = time.monotonic()
        self._ended = math.nan
        self._wanted, self._done = True, threading.Event()
        _UNDONE.add(self)
        self._prepare_step()

    @property
    def ended(self) -> float:
        """When it did, in seconds of the monotonic clock; now, before that."""
        return self._ended if self._done.is_set() else time.monotonic()

    @property
    def seconds_left(self) -> float | None:
        """By the pace so far, before that by the estimate; None when there is none."""
        spent = self.ended - self._started
        if self.share > _ENOUGH:
            return spent * (1 - self.share) / self.share
        return None if self.expected_s is None else max(0.0, self.expected_s - spent)

    @property
    def given_up(self) -> bool:
        """Whether it ended before it was done."""
        return self._done.is_set() and self.error is None and self.steps_done < len(self._steps)

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether it has ended. Asking keeps it alive."""
        self._seen = time.monotonic()
        return self._done.wait(seconds)

    def give_up(self) -> None:
        """End it before its next step, or at its next report."""
        self._wanted = False
        if self._line is not None and self._line.leave(self):
            self._end()

    def begin(self) -> None:
        """Do the next step; its line says when."""
        self._thread.start()

    def _prepare_step(self) -> None:
        self._thread = threading.Thread(target=self._run, name="slow-work", daemon=True)
        add_script_run_ctx(self._thread)  # a session's own models are found by it
        if self._line is None:
            self.begin()
        else:
            self._line.join(self)

    def _run(self) -> None:
        goes_on = False
        try:
            with later(), nullcontext() if self._line is None else asked_now(self._started):
                self._check()
                self._steps[self.steps_done](self._report)
            self.steps_done += 1
            goes_on = self.steps_done < len(self._steps)
        except (GivenUp, StopException):  # a session that has ended stops what looks at its state
            pass
        except Exception as error:  # noqa: BLE001  # told by the page when it asks for the same result
            self.error = error
        finally:
            if goes_on:
                self._prepare_step()
            else:
                self._end()
            if self._line is not None:
                self._line.go_on()

    def _end(self) -> None:
        self._ended = time.monotonic()
        self._done.set()

    def _report(self, share: float) -> None:
        self.share = share
        self._check()

    def _check(self) -> None:
        if not self._wanted or time.monotonic() - self._seen > LEFT_AFTER_S:
            raise GivenUp


_UNDONE: Final[weakref.WeakSet[SlowWork]] = weakref.WeakSet()


@atexit.register
def end_all(patience_s: float = 3.0) -> None:
    """Give all works up, and wait for those that are in the middle. A thread inside torch at the end of the process would abort it."""
    running = list(_UNDONE)
    for work in running:
        work.give_up()
    for work in running:
        work.wait(patience_s)
