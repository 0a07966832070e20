"""Where all viewers of a process ask for what a quantizer from outside makes of latents: its code runs in one worker."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from rfsq.machine.worker import Report, Worker, WorkerError
from rfsq.quantizers.foreign import Reference
from rfsq.quantizers.foreign.service import Answered, Fitted, fit_own, quantize_own

T = TypeVar("T")
_FITS = 64  # kept: of networks, and of the sources of the Lab
_ENOUGH = 0.03  # share after which the pace so far says something


class OwnWork:
    """Something that takes a while. Whoever waits looks at it."""

    def __init__(self) -> None:
        self.share = 0.0
        self.problem = ""  # why it has failed, a sentence
        self.begun: float | None = None  # clock; None while it waits for its turn
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        return self._done.is_set()

    @property
    def seconds_left(self) -> float | None:
        """By the pace so far; None where that says nothing yet."""
        if self.begun is None or self.share < _ENOUGH:
            return None
        return (time.monotonic() - self.begun) * (1 - self.share) / self.share

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether it has ended."""
        return self._done.wait(seconds)

    def run(self, work: Callable[[Report], object]) -> None:
        """Do it, in this thread."""
        self.begun = time.monotonic()
        try:
            work(self._report)
        except (ValueError, OSError) as error:
            self.problem = str(error)
        finally:
            self._done.set()

    def _report(self, share: float) -> None:
        self.share = share


class OwnDesk:
    """One quantizer: its worker, the works that wait for it, and the fits that were found.

    seconds: after which a question is given up and the worker stopped; it starts anew at the next one. steps: of a fit. What
    is known belongs to the content of the file that is named: when that changes, all begins again. The code of a
    `package.module` is taken to stay as it is.
    """

    def __init__(self, reference: Reference, seconds: float, steps: int) -> None:
        self.reference, self.steps = reference, steps
        self._seconds = seconds
        self._worker = Worker(reference.place)
        self._lock = threading.Lock()
        self._works: dict[Hashable, OwnWork] = {}  # that wait, run, or have failed
        self._fits: dict[Hashable, Fitted | str] = {}  # or why there is none
        self._waiting: queue.SimpleQueue[tuple[Hashable, OwnWork, Callable[[Report], object]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.digest = self._read()  # names the code

    def look(self) -> None:
        """Notice whether the file has changed."""
        with self._lock:
            if (digest := self._read()) != self.digest:
                self.digest, self._works, self._fits = digest, {}, {}
                self._worker.close()

    def work(self, key: Hashable, run: Callable[[Report], object]) -> OwnWork:
        """The work of this name: begun when its turn comes, or as far as it is. One that has failed stays so."""
        with self._lock:
            known = self._works.get(key)
            if known is None:
                known = self._works[key] = OwnWork()
                self._waiting.put((key, known, run))
                if self._thread is None:
                    self._thread = threading.Thread(target=self._serve, name="own-quantizer", daemon=True)
                    self._thread.start()
            return known

    def close(self) -> None:
        """End its process."""
        self._worker.close()

    def try_again(self) -> None:
        """Forget what has failed."""
        with self._lock:
            self._works = {key: work for key, work in self._works.items() if not work.problem}
            self._fits = {key: found for key, found in self._fits.items() if not isinstance(found, str)}

    def fit(self, key: Hashable, latents: Callable[[], Any], report: Report) -> Fitted:
        """The fit of this name, found once, to latents (P, D, n, n) float32. Raises WorkerError."""
        fits = self._fits  # of this content of the file
        found = fits.get(key)
        if isinstance(found, str):
            raise WorkerError(found)  # it would fail again, perhaps after all the time that it may take
        if found is None:
            try:
                found = self._ask(fit_own, self.reference, latents(), self.steps, report=report)
            except WorkerError as error:
                fits[key] = str(error)
                raise
            fits[key] = found
            while len(fits) > _FITS:
                del fits[next(iter(fits))]
        return found

    def known_fit(self, key: Hashable) -> Fitted | None:
        """That fit, if it was found by now."""
        found = self._fits.get(key)
        return found if isinstance(found, Fitted) else None

    def quantize(self, fitted: Fitted, latents: Any) -> Answered:
        """Latents (B, D, h, w) float32 through it. Raises WorkerError."""
        answered = self._ask(quantize_own, self.reference, fitted, latents)
        if not answered.belongs_to(fitted, latents):
            raise WorkerError(f"{self.reference.place} sent an answer that is not of these latents")
        return answered

    def _ask(self, function: Callable[..., T], *arguments: Any, report: Report | None = None) -> T:
        return self._worker.ask(function, *arguments, seconds=self._seconds, report=report)

    def _serve(self) -> None:
        while True:
            key, work, run = self._waiting.get()
            work.run(run)
            with self._lock:
                if not work.problem and self._works.get(key) is work:
                    del self._works[key]  # what it made is kept elsewhere

    def _read(self) -> str:
        path = Path(self.reference.place.rpartition(":")[0])
        try:
            content = path.read_bytes() if path.suffix == ".py" else b""
        except OSError:
            content = b""  # a work says that there is no such file
        return hashlib.sha256(content + self.reference.text.encode()).hexdigest()
