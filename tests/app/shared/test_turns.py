"""Turns to compute: one at a time, who waits for pictures first, and nobody for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rfsq.app.shared import reconstructions, turns as module
from rfsq.app.shared.photo_strip import example_photo
from rfsq.app.shared.store import store
from rfsq.app.shared.turns import Turns, asked_now, later
from rfsq.app.shared.working_photo import working_photo


class Queue:
    """Turns whose first one is held until `release`, so that others queue in a known order."""

    def __init__(self) -> None:
        self.turns, self.order = Turns(), list[str]()
        self._held, self._release = threading.Event(), threading.Event()
        self._threads = [self._start(self._hold)]
        self._held.wait()

    def join(self, name: str, work: Callable[[], None] = lambda: None, *, late: bool = False) -> None:
        """Queue up; returns once it waits."""

        def take() -> None:
            with self.turns.turn():
                self.order.append(name)
                work()

        def take_late() -> None:
            with later():
                take()

        waiting = len(self.turns._queue)
        self._threads.append(self._start(take_late if late else take))
        while len(self.turns._queue) == waiting:
            time.sleep(0.001)

    def release(self) -> list[str]:
        """Let all have their turns; returns their order."""
        self._release.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()
        return self.order

    def _hold(self) -> None:
        with self.turns.turn():
            self._held.set()
            self._release.wait()

    @staticmethod
    def _start(work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread


def test_one_computes_at_a_time_and_may_take_its_turn_again() -> None:
    turns, inside, most = Turns(), [0], [0]

    def work() -> None:
        for _ in range(20):
            with turns.turn(), turns.turn():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_who_waits_for_pictures_comes_before_what_can_come_later() -> None:
    queue = Queue()
    queue.join("scores", late=True)
    queue.join("first")
    queue.join("second")
    assert queue.release() == ["first", "second", "scores"]


def test_what_can_come_later_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATER_S", 0.01)
    queue = Queue()
    queue.join("scores", late=True)
    time.sleep(0.02)
    queue.join("asked after it was due")
    assert queue.release() == ["scores", "asked after it was due"]


def test_a_run_keeps_the_place_of_its_beginning() -> None:
    queue = Queue()
    with asked_now():
        began = module._due()
        time.sleep(0.01)
        assert module._due() == began
    queue.join("another")
    assert queue.turns._queue[0].due > began
    queue.release()


def test_long_work_gives_way_to_those_who_are_due() -> None:
    queue = Queue()

    def long() -> None:
        queue.join("short")
        queue.turns.give_way()
        queue.order.append("rest of long")

    queue.join("long", long)
    assert queue.release() == ["long", "short", "rest of long"]


def test_whoever_leaves_the_queue_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    gone, queue = threading.Event(), Queue()
    leaver: list[int] = []

    class NewerRun(BaseException):
        pass

    def look() -> None:
        if threading.get_ident() in leaver and gone.is_set():
            raise NewerRun

    monkeypatch.setattr(module, "_let_newer_run_in", look)

    def leave() -> None:
        leaver.append(threading.get_ident())
        with pytest.raises(NewerRun), queue.turns.turn():
            queue.order.append("left")

    thread = threading.Thread(target=leave)
    thread.start()
    while not queue.turns._queue:
        time.sleep(0.001)
    queue.join("stays")
    gone.set()
    thread.join(120)
    assert queue.release() == ["stays"]


def test_a_class_that_opens_one_photo_decodes_it_once(tiny_zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tiny_zoo))
    store.cache_clear()
    decoded: list[int] = []
    together = reconstructions.decode_stages

    def count(model: object, coded: list[object], progress: object) -> object:
        decoded.append(len(coded))
        time.sleep(0.05)  # so that all others come meanwhile
        return together(model, coded, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(reconstructions, "decode_stages", count)
    names = ("rfsq-4x1024-none", "rfsq-4x1024-scale")
    found: list[bytes] = []

    def visit() -> None:
        working = working_photo(example_photo("cat"), "128")
        found.append(b"".join(reconstructions.picture_of(working, name, 2).pixels.tobytes() for name in names))

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1
    assert sum(decoded) == 2, "a picture of each model"
