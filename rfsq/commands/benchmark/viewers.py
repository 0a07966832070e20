"""A class that uses one running app: how long its viewers wait for their pictures, without a browser."""

from __future__ import annotations

import asyncio
import math
import os
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import websockets

from rfsq.app.remote_viewer import PATIENCE_S, Change, Viewer
from rfsq.commands.benchmark.app import running_app
from rfsq.commands.benchmark.memory import resident_mb
from rfsq.photos.gallery import EXAMPLES
from rfsq.style.wording import format_number

AFTERWARDS_S: Final = 3.0  # for what the server gives back when viewers leave
PAUSE_S: Final = (1.0, 4.0)  # of a viewer between two changes, drawn evenly


@dataclass(frozen=True)
class Class:
    """What a class waited for, and the memory of the server."""

    viewers: int
    changes: tuple[Change, ...]
    errors: tuple[str, ...]
    # Resident MB: before, at most, a moment after; NaN where the system does not tell.
    memory_mb: tuple[float, float, float]

    def rows(self) -> list[list[str]]:
        """For each kind of change: how many, and quantiles of the seconds to the pictures, then to all; MB for each."""
        found = []
        for what in dict.fromkeys(change.what for change in self.changes):
            some = [change for change in self.changes if change.what == what]
            times = [[change.pictures_s for change in some], [change.all_s for change in some]]
            quantiles = [format_number(quantile(values, share), 2) for values in times for share in (0.5, 0.95, 1.0)]
            megabytes = sum(change.received_bytes for change in some) / len(some) / 1e6
            found.append([str(self.viewers), what, str(len(some)), *quantiles, format_number(megabytes, 2)])
        return found


COLUMNS: Final = (
    *("viewers", "change", "times", "pictures s p50", "p95", "slowest", "all s p50", "p95", "slowest", "MB each"),
)


def time_class(viewers: Sequence[int], seconds: float) -> list[Class]:
    """Start the app, let one viewer open it, wait until it has nothing more to prepare, then let classes of these sizes
    come one after the other."""
    found = []
    with running_app() as (url, _, process):
        asyncio.run(_first_visit(url))
        _wait_until_idle(process.pid)
        for count in viewers:
            with _Memory(process.pid) as memory:
                changes, errors = asyncio.run(visit_together(url, count, seconds))
                time.sleep(AFTERWARDS_S)
            found.append(Class(count, tuple(changes), tuple(errors), memory.found))
    return found


class _Memory:
    """Resident memory of a process in MB while something is done: before, the most of all looks, and after."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most, self._done = pid, math.nan, threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)
        self.found = (math.nan, math.nan, math.nan)

    def __enter__(self) -> Self:
        self._before = self._most = resident_mb(self._pid)
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._looking.join()
        self.found = self._before, self._most, resident_mb(self._pid)

    def _look(self) -> None:
        while not self._done.wait(0.1):
            self._most = max(self._most, resident_mb(self._pid))


def _processor_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()
    except OSError:
        return math.nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_until_idle(pid: int) -> None:
    """After the first page a server prepares the other pages and the first view of every example."""
    deadline, before = time.monotonic() + PATIENCE_S, _processor_s(pid)
    while time.monotonic() < deadline:
        time.sleep(3.0)
        now = _processor_s(pid)
        if not now - before > 0.15:  # also where the system does not tell
            return
        before = now


async def _first_visit(address: str) -> None:
    viewer = Viewer(address, {"size": "256"})
    await viewer.open()
    await viewer.close()


async def visit(address: str, number: int, seconds: float) -> tuple[list[Change], list[str]]:
    """A viewer who opens a photo and changes the conditioning for so long. Returns what was waited for, and the errors."""
    draw = random.Random(number)
    viewer = Viewer(
        address,
        {
            "v": "1",
            "photo": draw.choice(EXAMPLES).name,
            "size": "256",
            "preset": "conditioning",
            "family": draw.choice(("4x1024", "2x2048")),
            "conditioning": "all",
            "stages": str(draw.randint(1, 4)),
        },
    )
    changes: list[Change] = []
    try:
        changes.append(await viewer.open())
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            await asyncio.sleep(draw.uniform(*PAUSE_S))
            changes.append(await viewer.choose(draw.randrange(100)))
        await viewer.close()
    except (OSError, TimeoutError, KeyError, websockets.WebSocketException) as error:
        viewer.errors.append(f"viewer {number}: {error!r}")
    return changes, viewer.errors


async def visit_together(address: str, viewers: int, seconds: float) -> tuple[list[Change], list[str]]:
    """So many viewers who all come at once."""
    found = await asyncio.gather(*(visit(address, number, seconds) for number in range(viewers)))
    return [change for changes, _ in found for change in changes], [error for _, errors in found for error in errors]


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies, the next larger one of them."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
