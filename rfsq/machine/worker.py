"""Run functions in a process of its own that can be stopped: code that is not ours may hang, crash, or end everything.

The process is a fresh Python, so it shares nothing with this one. What it and its children print to standard output goes to
standard error, since standard output may be a result, and there is nothing for it to read on standard input. It can read and
write what its user can: a limit on time is no sandbox. Where memory runs out, Linux is told to end it before anything else.

Questions are pickled, as the process that is asked trusts the one that asks. Answers are plain data (`rfsq.machine.plain`) of
the type that the function says it returns: nothing in them runs here.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable
from typing import IO, Any, TypeVar, get_type_hints

from rfsq.machine.places import place_of
from rfsq.machine.plain import PlainError, from_bytes, to_bytes

T = TypeVar("T")
Report = Callable[[float], None]  # takes the share that is done, 0 … 1

_GRACE = 5.0  # seconds that a process has to end by itself
_SOON = 2.0  # seconds for the answer to where it is
_VALUE, _FAILED, _SHARE, _WHERE = b"v", b"f", b"s", b"w"  # what an answer begins with
_MOST, _PART = 2**32, 2**20  # bytes of a message, and of what is read at a time
_LENGTH = struct.Struct("<Q")
_START = "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); from rfsq.machine.worker import serve; serve()"
_WORKERS: weakref.WeakSet[Worker] = weakref.WeakSet()


class WorkerError(ValueError):
    """The process did not come to a result; the message says why in one sentence."""


def run_in_worker(work: Callable[..., T], *arguments: Any, seconds: float, what: str) -> T:
    """What `work(*arguments)` returns, run in another process for at most so many seconds; then it is killed.

    `work` is a function of a module that says what it returns: plain data. Its ValueErrors are raised here with their
    sentence. Raises WorkerError when the time is over, the process ends without a result, or answers something else. `what`:
    the subject of these sentences.
    """
    worker = Worker(what)
    try:
        return worker.ask(work, *arguments, seconds=seconds)
    finally:
        worker.close()


class Worker:
    """A process that answers one question after the other, and keeps what its functions keep in their modules.

    It starts at the first question, and anew at the next one when it was killed or has ended. Several threads may ask: one
    waits for the other. `what`: the subject of the sentences about its end.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        _WORKERS.add(self)

    def ask(self, work: Callable[..., T], *arguments: Any, seconds: float, report: Report | None = None) -> T:
        """What `work(*arguments)` returns there, within so many seconds; else its process is killed.

        With `report`, `work` gets one more argument, a function that it tells the share that is done, 0 … 1. Raises as
        `run_in_worker`.
        """
        with self._lock:
            try:
                failed, content = self._ask((work, arguments, report is not None), seconds, report)
                kind = str if failed else get_type_hints(work).get("return", Any)
                value = self._read(content, kind)
            except BaseException:  # also where somebody interrupts: a late answer must not be taken for the next one
                self.close()
                raise
        if failed:
            raise WorkerError(value)
        result: T = value
        return result

    def close(self) -> None:
        """End the process, whatever it does. The next question starts another one."""
        process, self._process = self._process, None
        if process is None:
            return
        if hasattr(os, "killpg"):
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # it has gone
        process.kill()
        process.wait()
        assert process.stdin is not None
        try:
            process.stdin.close()
        except OSError:  # what it has not read
            pass

    def _ask(self, question: tuple[Any, ...], seconds: float, report: Report | None) -> tuple[bool, bytes]:
        """Whether it failed, and the bytes of the sentence or the value."""
        process = self._running()
        until = time.monotonic() + seconds
        assert process.stdin is not None
        try:
            _send(process.stdin, pickle.dumps(question))
        except OSError:  # it has ended: the answers end, too
            pass
        while True:
            try:
                answer = self._answers.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                where = self._where(process)
                raise WorkerError(
                    f"{self._what} was stopped: it took longer than {seconds:g} s (--time-limit){where}"
                ) from None
            if answer is None:
                raise WorkerError(f"{self._what} ended its process: {_ending(process)}")
            kind, content = answer[:1], answer[1:]
            if kind in (_VALUE, _FAILED):
                return kind == _FAILED, content
            share = self._read(content, float) if kind == _SHARE else math.nan
            if report is None or not 0 <= share <= 1:
                raise WorkerError(f"{self._what} sent an answer that nobody asked for")
            report(share)

    def _where(self, process: subprocess.Popen[bytes]) -> str:
        """Where its code stands, as the end of a sentence; empty where it does not say so soon."""
        assert process.stdin is not None
        try:
            _send(process.stdin, _WHERE)
            while (answer := self._answers.get(timeout=_SOON)) is not None:
                if answer[:1] == _WHERE:
                    place = self._read(answer[1:], str)
                    return f"; it was at {place}" if place else ""
        except (OSError, queue.Empty, WorkerError):
            pass
        return ""

    def _read(self, content: bytes, kind: Any) -> Any:
        try:
            return from_bytes(content, kind)
        except PlainError as error:
            raise WorkerError(f"{self._what} sent an answer that cannot be read: {error}") from error

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._answers = queue.SimpleQueue()
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # one group with its children, so that all of them can be killed
            )
            assert self._process.stdout is not None
            _listen(self._process.stdout, self._answers)
        return self._process


@atexit.register
def _close_all() -> None:
    for worker in list(_WORKERS):
        worker.close()


def _ending(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        return "its output is closed"
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"killed by signal {-code}"
    return f"killed by {name}" + (", as the system does where memory runs out" if name == "SIGKILL" else "")


# ---- in the other process ----


def serve() -> None:
    """Answer until the process that asks has gone."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _be_first_to_go()
    asked: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    turn, main = threading.Lock(), threading.get_ident()

    def answer_with(kind: bytes, value: object) -> None:
        content = kind + to_bytes(value)
        with turn:  # not while the other thread says where this one is
            _send(answers, content)

    def say_where() -> None:
        frame = sys._current_frames().get(main)
        answer_with(_WHERE, "" if frame is None else place_of(traceback.extract_stack(frame)))

    _listen(questions, asked, on_where=say_where)
    while (question := asked.get()) is not None:
        work, arguments, reports = pickle.loads(question)
        more = (lambda share: answer_with(_SHARE, share),) if reports else ()
        try:
            kind, value = _VALUE, work(*arguments, *more)
        except (ValueError, OSError) as error:
            kind, value = _FAILED, str(error)
        answer_with(kind, value)


def _be_first_to_go() -> None:
    """Tell Linux to end this process, and not the one that asks, where memory runs out."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write("1000")
    except OSError:  # another system
        pass


# ---- in both: messages with their length before them ----


def _send(stream: IO[bytes], content: bytes) -> None:
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None at the end, and where no message can follow."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _MOST:
        return None
    content = bytearray()
    while len(content) < length:  # in parts: nothing is set aside for a length that is only said
        if not (part := stream.read(min(_PART, length - len(content)))):
            return None
        content += part
    return bytes(content)


def _listen(
    stream: IO[bytes], messages: queue.SimpleQueue[bytes | None], *, on_where: Callable[[], None] | None = None
) -> None:
    """Put every message of the stream into the queue, and None at its end. With `on_where`, of the process that is asked: it
    is called for the question where it is, and the process ends with the stream, whatever it does."""

    def receive() -> None:
        while (content := _receive(stream)) is not None:
            if on_where is not None and content == _WHERE:
                on_where()
            else:
                messages.put(content)
        if on_where is not None:
            os._exit(0)
        messages.put(None)

    threading.Thread(target=receive, daemon=True).start()
