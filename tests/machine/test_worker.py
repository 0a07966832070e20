"""Code in a worker may hang, crash or end its process: this one goes on, with a sentence."""

import math
import os
import pickle
import signal
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from paths import ROOT

from rfsq.machine.plain import to_bytes
from rfsq.machine.worker import Worker, WorkerError, run_in_worker

pytestmark = pytest.mark.slow


def misbehave(how: str) -> str:
    if how == "hangs":
        time.sleep(1000)
    if how == "ends":
        os._exit(7)
    if how == "crashes":
        os.kill(os.getpid(), 11)
    if how == "fails":
        raise ValueError("a sentence")
    print("for people", file=sys.stdout)
    return how


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("ends", "mine.py ended its process: exit code 7"),
        ("crashes", "mine.py ended its process: killed by SIGSEGV"),
        ("fails", "^a sentence$"),
    ],
)
def test_whatever_the_code_does_ends_in_a_sentence(how: str, sentence: str) -> None:
    with pytest.raises(WorkerError, match=sentence):
        run_in_worker(misbehave, how, seconds=60, what="mine.py")


def test_code_that_hangs_is_stopped_and_the_sentence_says_where_it_was(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rfsq.machine.worker._SOON", 60.0)  # the machine may be busy
    worker.ask(keep, "started, with this module", seconds=60)
    sentence = r"mine.py was stopped: it took longer than 2 s \(--time-limit\); it was at test_worker.py:28$"
    with pytest.raises(WorkerError, match=sentence):
        worker.ask(misbehave, "hangs", seconds=2)


def test_a_result_comes_back_and_standard_output_stays_clean(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_in_worker(misbehave, "works", seconds=60, what="mine.py") == "works"
    shown = capfd.readouterr()
    assert shown.out == "" and "for people" in shown.err


def answer_with(content: bytes) -> str:
    """Write to where the answers of this process go, as code from outside could."""
    for number in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, content)
        except OSError:
            continue
    time.sleep(20)
    return "never"


class Evil:
    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, ("made-by-an-answer",)


def framed(content: bytes) -> bytes:
    return struct.pack("<Q", len(content)) + content


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (framed(b"v" + pickle.dumps(Evil())), "mine.py sent an answer that cannot be read: it is damaged"),
        (framed(pickle.dumps(Evil())), "mine.py sent an answer that nobody asked for"),
        (framed(b"v" + to_bytes(3)), "mine.py sent an answer that cannot be read: 3 is not of type str"),
        (framed(b"f" + to_bytes([3])), "mine.py sent an answer that cannot be read: .3. is not of type str"),
        (framed(b"s" + to_bytes(0.5)), "mine.py sent an answer that nobody asked for"),
        (framed(b""), "mine.py sent an answer that nobody asked for"),
        (struct.pack("<Q", 2**63), "mine.py ended its process: its output is closed"),
    ],
    ids=["pickle", "pickle alone", "other type", "no sentence", "share", "empty", "endless"],
)
def test_a_hostile_answer_ends_in_a_sentence_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkerError, match=f"^{sentence}$"):
        run_in_worker(answer_with, content, seconds=60, what="mine.py")
    assert not list(tmp_path.iterdir())


def other(array: np.ndarray) -> tuple[np.ndarray, float, None]:
    return array * 2, float("nan"), None


def test_arrays_and_numbers_that_are_none_come_back() -> None:
    found, number, nothing = run_in_worker(other, np.arange(3), seconds=60, what="mine.py")
    np.testing.assert_array_equal(found, [0, 2, 4])
    assert math.isnan(number) and nothing is None


KEPT: list[str] = []


def keep(word: str) -> tuple[int, list[str]]:
    KEPT.append(word)
    return os.getpid(), KEPT


def count(steps: int, tell: Callable[[float], None]) -> int:
    for step in range(steps):
        tell((step + 1) / steps)
    return steps


def reads() -> str:
    return sys.stdin.read()


@pytest.fixture
def worker() -> Iterator[Worker]:
    found = Worker("mine.py")
    yield found
    found.close()


def test_a_worker_keeps_what_it_made_and_starts_anew_after_it_was_stopped(worker: Worker) -> None:
    first, _ = worker.ask(keep, "a", seconds=60)
    assert worker.ask(keep, "b", seconds=60) == (first, ["a", "b"])
    with pytest.raises(WorkerError, match="^a sentence$"):
        worker.ask(misbehave, "fails", seconds=60)
    assert worker.ask(keep, "c", seconds=60) == (first, ["a", "b", "c"]), "a failure that says why ends nothing"
    with pytest.raises(WorkerError, match="longer than 0.5 s"):
        worker.ask(misbehave, "hangs", seconds=0.5)
    second, kept = worker.ask(keep, "d", seconds=60)
    assert second != first and kept == ["d"]
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_a_worker_tells_how_far_it_is(worker: Worker) -> None:
    told: list[float] = []
    assert worker.ask(count, 4, seconds=60, report=told.append) == 4
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_nothing_can_be_read_from_standard_input(worker: Worker) -> None:
    assert worker.ask(reads, seconds=60) == ""


def test_two_threads_that_ask_wait_for_each_other_and_get_their_own_answers(worker: Worker) -> None:
    found: dict[str, str] = {}

    def ask(word: str) -> None:
        found[word] = worker.ask(misbehave, word, seconds=60)

    threads = [threading.Thread(target=ask, args=(word,)) for word in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {word: word for word in ("one", "two", "three")}


def test_a_worker_ends_with_the_process_that_asks() -> None:
    code = "from rfsq.machine.worker import Worker; import os, time; w = Worker('x'); print(w.ask(os.getpid, seconds=60), flush=True); w.ask(time.sleep, 1000, seconds=2000)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("it is still there")
