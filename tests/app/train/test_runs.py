"""The line of training runs, with real tiny runs: one at a time, stop, continue, leaving, failing, never forgotten."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from made_clock import Clock
from paths import ROOT

from rfsq.app.train import runs as runs_module
from rfsq.app.train.runs import LEFT_AFTER_S, Manager, QueueFull, Run
from rfsq.model.config import ModelConfig
from rfsq.training.live import LiveRun

pytestmark = pytest.mark.slow

PATIENCE_S = 120  # for what comes soon, on a machine that may be busy
Make = Callable[[float], Callable[[], LiveRun]]


@pytest.fixture
def make(tiny: Callable[..., ModelConfig], photo: Callable[..., np.ndarray]) -> Make:
    config, pixels = tiny(num_stages=2, conditioning="scale"), photo(24, 24, 0)
    return lambda seconds: lambda: LiveRun(config, [pixels], seconds=seconds)


@pytest.fixture
def start_held(make: Make) -> Iterator[tuple[Make, Callable[[], None]]]:
    """The same for runs that begin to learn when they are let go, and the function that lets them."""
    go = threading.Event()

    def held(seconds: float) -> Callable[[], LiveRun]:
        begin = make(seconds)
        return lambda: begin() if go.wait(PATIENCE_S) else pytest.fail("nobody let it go")

    yield held, go.set
    go.set()


def patient(**options: Any) -> Manager:
    """A line that no run leaves because nobody looked at it for a while."""
    return Manager(**{"left_after_s": 10 * PATIENCE_S} | options)


def wait(manager: Manager, run: Run, *states: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while manager.view(run).state not in states:
        assert time.monotonic() < deadline, f"still {manager.view(run)}"
        time.sleep(0.02)


def test_one_run_trains_and_the_others_wait_in_line(start_held: tuple[Make, Callable[[], None]]) -> None:
    manager, (held, let_go) = patient(), start_held
    runs = [manager.start(held(0.6), 0.6) for _ in range(3)]
    wait(manager, runs[0], "running")
    assert [manager.view(run).place for run in runs] == [0, 1, 2]
    let_go()
    for run in runs:
        wait(manager, run, "finished")
        view = manager.view(run)
        assert view.rows and view.scores is not None and view.seconds >= 0.6 and view.resumable
        assert view.rows[-1]["step"] == view.scores.step == view.step, "curve, picture and status tell one end"
        assert view.rows[-1]["photo_psnr_db"] == view.scores.psnr_db


def test_a_run_stops_and_goes_on_with_its_optimizer(make: Make) -> None:
    manager = patient()
    run = manager.start(make(300), 300)
    wait(manager, run, "running")
    while not manager.view(run).rows:
        time.sleep(0.02)
    manager.stop(run)
    wait(manager, run, "stopped")
    stopped, live = manager.view(run), run.live
    assert stopped.scores is not None and stopped.seconds < 300
    assert stopped.rows[-1]["step"] == stopped.scores.step == stopped.step
    time.sleep(0.4)
    assert manager.view(run).step == stopped.step, "a stopped run stands still"
    manager.go_on(run, 300)
    wait(manager, run, "running")
    while manager.view(run).step == stopped.step:
        time.sleep(0.02)
    manager.stop(run)
    wait(manager, run, "stopped")
    assert run.live is live and manager.view(run).rows[: len(stopped.rows)] == stopped.rows


def test_a_finished_run_goes_on_for_as_long_as_asked(make: Make) -> None:
    manager = patient()
    run = manager.start(make(0.3), 0.3)
    wait(manager, run, "finished")
    first = manager.view(run)
    manager.go_on(run, 0.4)
    wait(manager, run, "finished")
    assert run.until == first.seconds + 0.4 <= manager.view(run).seconds


def test_a_run_whose_page_is_gone_stops_and_the_next_begins(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, manager = Clock.of(monkeypatch, runs_module), Manager()
    left, absent = manager.start(make(300), 300), manager.start(make(300), 300)
    wait(manager, left, "running")
    clock.pass_time(LEFT_AFTER_S + 1)
    stays = manager.start(make(0.3), 0.3)
    wait(manager, stays, "finished")
    assert manager.view(left, here=False).state == "stopped"
    assert "left this page" in str(manager.view(left, here=False).problem)
    assert manager.view(absent, here=False).state == "stopped" and not absent.step


def test_a_failure_is_one_sentence_and_the_line_goes_on(make: Make) -> None:
    manager = patient()

    def broken() -> LiveRun:
        raise MemoryError("no memory\nfor this")

    failed, fine = manager.start(broken, 1), manager.start(make(0.2), 0.2)
    wait(manager, failed, "failed")
    wait(manager, fine, "finished")
    view = manager.view(failed)
    assert view.problem == "Training ended with an error: no memory for this" and not view.resumable


def test_the_line_is_bounded_and_a_waiting_run_can_leave_it(make: Make) -> None:
    manager = patient(max_waiting=1)
    running = manager.start(make(300), 300)
    wait(manager, running, "running")
    waiting = manager.start(make(1), 1)
    with pytest.raises(QueueFull, match="1 run waits"):
        manager.start(make(1), 1)
    manager.stop(waiting)
    assert manager.view(waiting).state == "stopped"
    manager.stop(manager.start(make(1), 1))
    manager.stop(running)
    wait(manager, running, "stopped")


def test_only_the_latest_runs_can_be_continued_and_forgotten_ones_free_their_memory(make: Make) -> None:
    manager = patient(max_kept=2)
    runs = []
    for _ in range(3):
        runs.append(manager.start(make(0.1), 0.1))
        wait(manager, runs[-1], "finished")
    deadline = time.monotonic() + PATIENCE_S
    while runs[0].live is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [manager.view(run).resumable for run in runs] == [False, True, True]
    assert manager.view(runs[0]).rows, "its curves stay"
    forgotten = weakref.ref(runs.pop())
    deadline = time.monotonic() + PATIENCE_S
    while forgotten() is not None and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.02)
    assert forgotten() is None


def test_the_thread_is_a_daemon_and_ends_with_the_line(start_held: tuple[Make, Callable[[], None]]) -> None:
    manager, (held, let_go) = patient(), start_held
    run = manager.start(held(0.3), 0.3)
    thread = manager._thread
    assert thread is not None and thread.is_alive() and thread.daemon
    let_go()
    wait(manager, run, "finished")
    thread.join(PATIENCE_S)
    assert not thread.is_alive() and not manager.busy


def test_a_process_that_ends_while_a_run_trains_ends_well_and_soon() -> None:
    code = """
import time, numpy as np
from rfsq.app.train.runs import Manager
from rfsq.training.live import LiveRun, live_config
photo = np.zeros((64, 64, 3), np.uint8)
manager = Manager()
run = manager.start(lambda: LiveRun(live_config("rfsq-4x1024-scale"), [photo], seconds=300), 300)
while not manager.view(run).rows:
    time.sleep(0.05)
print("ends", time.monotonic(), flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - float(done.stdout.split()[1]) < 100  # of the 300 s of the run
