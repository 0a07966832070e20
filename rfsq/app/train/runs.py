"""Training runs of all viewers: one trains at a time per process, beside the app; the others wait in a line.

A run is advanced a quarter of a second at a time by one background thread of low priority. Its page says every second
that somebody is there; a run that has not heard from its page for a while stops, so a closed tab frees its place.
Runs that do not train belong to their session: when that ends, they are gone.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rfsq.training.live import LiveRun, LiveRunError, Row, ShownScores

State = Literal["waiting", "running", "stopped", "finished", "failed"]
SECONDS = (20, 60, 120, 300)  # what a viewer may choose; the second is the default
MOST_SECONDS = 900  # of one run, all continuations together
MAX_WAITING = 8
MAX_KEPT = 24  # runs of all viewers that can be continued; each holds about 3 MB of weights and moments
LEFT_AFTER_S = 8.0  # without a sign of its page
_CHUNK_S, _PICTURE_EVERY_S = 0.25, 1.5
_NICENESS = 10  # Linux lets one thread be less urgent than the others


class QueueFull(ValueError):
    """Too many runs wait already."""


@dataclass(frozen=True)
class RunView:
    """What a page shows of a run at one moment."""

    state: State
    place: int  # in the line: 1 is next; 0 when the run does not wait
    rows: tuple[Row, ...]
    scores: ShownScores | None  # of the shown photo, at most some seconds old; final when the run does not train
    step: int
    seconds: float  # of training
    seconds_left: float
    problem: str | None  # one sentence: why it failed, or why it stopped by itself
    resumable: bool


class Run:
    """One run. Its fields change under the manager's lock; pages read `Manager.view`."""

    def __init__(self, make: Callable[[], LiveRun], seconds: float) -> None:
        self.make = make
        self.live: LiveRun | None = None
        self.state: State = "waiting"
        self.until = seconds  # of training, when this part ends
        self.rows: list[Row] = []
        self.scores: ShownScores | None = None
        self.step, self.seconds = 0, 0.0
        self.problem: str | None = None
        self.wanted = True  # False: stop at the next chance
        self.seen = time.monotonic()


class Manager:
    """The line of runs of a process. All methods may be called from any thread."""

    def __init__(
        self, *, left_after_s: float = LEFT_AFTER_S, max_waiting: int = MAX_WAITING, max_kept: int = MAX_KEPT
    ) -> None:
        self._left_after_s, self._max_waiting, self._max_kept = left_after_s, max_waiting, max_kept
        self._lock = threading.Lock()
        self._line: deque[Run] = deque()
        self._running: Run | None = None
        self._thread: threading.Thread | None = None
        self._kept: OrderedDict[int, weakref.ref[Run]] = OrderedDict()
        atexit.register(self.close)

    def start(self, make: Callable[[], LiveRun], seconds: float) -> Run:
        """A new run at the end of the line; `make` is called when its turn comes. Raises QueueFull."""
        run = Run(make, seconds)
        self._enqueue(run)
        return run

    def go_on(self, run: Run, seconds: float) -> None:
        """Continue a stopped run to the end of its plan, or a finished one by `seconds`. Raises QueueFull."""
        with self._lock:
            live = run.live
            if run.state not in ("stopped", "finished") or (live is None and run.step):
                return
            if run.state == "finished" or run.until - run.seconds < 1:
                run.until = min(run.seconds + seconds, MOST_SECONDS)
        self._enqueue(run)

    def stop(self, run: Run) -> None:
        """Stop it where it is, or take it out of the line."""
        with self._lock:
            run.wanted = False
            if run in self._line:
                self._line.remove(run)
                run.state = "stopped"

    def view(self, run: Run, *, here: bool = True) -> RunView:
        """The run as it is now. `here`: its page is open, which keeps it alive."""
        with self._lock:
            if here:
                run.seen = time.monotonic()
            self._drop_the_left()
            place = self._line.index(run) + 1 if run in self._line else 0
            return RunView(
                run.state,
                place,
                tuple(run.rows),
                run.scores,
                run.step,
                run.seconds,
                max(0.0, run.until - run.seconds),
                run.problem,
                run.state in ("stopped", "finished")
                and (run.live is not None or not run.step)
                and run.seconds < MOST_SECONDS,
            )

    @property
    def busy(self) -> bool:
        return self._running is not None

    def close(self, patience_s: float = 3.0) -> None:
        """Empty the line and stop what trains: a thread inside torch at the end of the process would abort it."""
        with self._lock:
            while self._line:
                self._line.popleft().state = "stopped"
            if self._running is not None:
                self._running.wanted = False
            thread = self._thread
        if thread is not None:
            thread.join(patience_s)

    # ---- the line ----

    def _enqueue(self, run: Run) -> None:
        with self._lock:
            self._drop_the_left()
            if len(self._line) >= self._max_waiting:
                waits = "1 run waits" if len(self._line) == 1 else f"{len(self._line)} runs wait"
                raise QueueFull(f"{waits} already. Try again in a minute.")
            run.state, run.wanted, run.problem, run.seen = "waiting", True, None, time.monotonic()
            self._line.append(run)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="rfsq-training", daemon=True)
                self._thread.start()

    def _drop_the_left(self) -> None:
        for run in [run for run in self._line if self._has_left(run)]:
            self._line.remove(run)
            run.state = "stopped"

    def _has_left(self, run: Run) -> bool:
        return time.monotonic() - run.seen > self._left_after_s

    def _work(self) -> None:
        """The background thread: one run after the other, until none waits."""
        _be_less_urgent()
        while True:
            with self._lock:
                self._drop_the_left()
                if not self._line:
                    self._thread = None
                    return
                run = self._running = self._line.popleft()
                run.state = "running"
            try:
                self._train(run)
            except Exception as error:  # noqa: BLE001  # a failed run must not take the line down with it
                with self._lock:
                    run.state, run.live = "failed", None
                    run.problem = (
                        str(error)
                        if isinstance(error, LiveRunError)
                        else f"Training ended with an error: {_short(error)}"
                    )
            finally:
                with self._lock:
                    self._running = None
                    self._keep(run)
            del run

    def _train(self, run: Run) -> None:
        if run.live is None:
            live = run.make()
            with self._lock:
                run.live = live
        live = run.live
        drawn = -_PICTURE_EVERY_S
        ends = time.monotonic() + 1.5 * (run.until - live.seconds) + 10  # pictures and other viewers take time, too
        while True:
            rows = live.advance(min(_CHUNK_S, max(run.until - live.seconds, 0.01)))
            with self._lock:
                done = live.seconds >= run.until or (live.finished and run.until <= (live.planned_seconds or 0))
                left = self._has_left(run)
                late = time.monotonic() > ends
                over = done or left or late or not run.wanted
                run.rows += rows
                run.step, run.seconds = live.step, live.seconds
            if over or time.monotonic() - drawn > _PICTURE_EVERY_S:
                scores, drawn = live.measure(), time.monotonic()
                last = live.log_here() if over else []
                with self._lock:
                    run.scores = scores
                    run.rows += last
            if over:
                with self._lock:
                    run.state = "finished" if done else "stopped"
                    if left and not done:
                        run.problem = "It stopped when you left this page."
                    elif late and not done:
                        run.problem = "It stopped because this computer is busy."
                return

    def _keep(self, run: Run) -> None:
        """Remember who can be continued; the oldest beyond the limit lose their weights, but not their curves."""
        self._kept.pop(id(run), None)
        self._kept[id(run)] = weakref.ref(run)
        for key in [key for key, kept in self._kept.items() if kept() is None or kept().live is None]:  # type: ignore[union-attr]
            del self._kept[key]
        while len(self._kept) > self._max_kept:
            key, kept = self._kept.popitem(last=False)
            old = kept()
            if old is not None and old.state in ("stopped", "finished"):
                old.live = None
            elif old is not None:  # waits or trains: it was used last
                self._kept[key] = kept


def _be_less_urgent() -> None:
    """On Linux, so that the pages of other viewers come first. Threads that torch starts from here inherit it."""
    if hasattr(os, "setpriority") and hasattr(os, "PRIO_PROCESS") and os.uname().sysname == "Linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        except OSError:
            pass


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:159] + "…"
