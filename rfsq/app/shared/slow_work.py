"""Work that takes many seconds, in a thread of its own: a page shows how far it is and gives it up at any moment."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable, Hashable
from typing import Final

from streamlit.runtime.scriptrunner import add_script_run_ctx

from rfsq.app.shared.turns import later

Report = Callable[[float], None]  # takes the share that is done, 0 … 1; raises GivenUp when nobody waits any more

LEFT_AFTER_S: Final = 10.0  # without a sign of its page
_ENOUGH: Final = 0.03  # share after which the pace so far says more than an estimate
_RUNNING: weakref.WeakSet[SlowWork] = weakref.WeakSet()


class GivenUp(Exception):
    """Nobody waits for the result."""


class SlowWork:
    """One piece of work, begun at once. What it makes goes to the store; it is given up when its page is left.

    key: names what is made. work: does it, and reports often. expected_s: how long it should take; None: unknown.
    """

    def __init__(self, key: Hashable, work: Callable[[Report], None], expected_s: float | None) -> None:
        self.key, self.expected_s = key, expected_s
        self.share = 0.0
        self.error: Exception | None = None
        self._started = self._seen = time.monotonic()
        self._wanted, self._complete, self._done = True, False, threading.Event()
        thread = threading.Thread(target=self._run, args=(work,), name="slow-work", daemon=True)
        add_script_run_ctx(thread)  # a session's own models are found by it
        _RUNNING.add(self)
        thread.start()

    @property
    def seconds_left(self) -> float | None:
        """By the pace so far, before that by the estimate; None when there is none."""
        spent = time.monotonic() - self._started
        if self.share > _ENOUGH:
            return spent * (1 - self.share) / self.share
        return None if self.expected_s is None else max(0.0, self.expected_s - spent)

    @property
    def given_up(self) -> bool:
        """Whether it ended before it was done."""
        return self._done.is_set() and self.error is None and not self._complete

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether it has ended. Asking keeps it alive."""
        self._seen = time.monotonic()
        return self._done.wait(seconds)

    def give_up(self) -> None:
        """End it at its next report."""
        self._wanted = False

    def _run(self, work: Callable[[Report], None]) -> None:
        try:
            with later():
                work(self._report)
            self._complete = True
        except GivenUp:
            pass
        except Exception as error:  # noqa: BLE001  # told by the page when it asks for the same result
            self.error = error
        finally:
            self._done.set()

    def _report(self, share: float) -> None:
        self.share = share
        if not self._wanted or time.monotonic() - self._seen > LEFT_AFTER_S:
            raise GivenUp


@atexit.register
def _end_all(patience_s: float = 3.0) -> None:
    """A thread inside torch at the end of the process would abort it."""
    running = list(_RUNNING)
    for work in running:
        work.give_up()
    for work in running:
        work.wait(patience_s)
