"""Run a function in a process of its own that can be stopped: code that is not ours may hang, crash, or end everything.

The process is started anew (spawn), so it shares nothing with this one. What it and its children print to standard output
goes to standard error, since standard output may be a result. It can read and write what its user can: a limit on time is
no sandbox.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

T = TypeVar("T")
_GRACE = 5.0  # seconds that a process has to end after its result


class WorkerError(ValueError):
    """The process did not come to a result; the message says why in one sentence."""


def run_in_worker(work: Callable[..., T], *arguments: Any, seconds: float, what: str) -> T:
    """What `work(*arguments)` returns, run in another process for at most so many seconds; then it is killed.

    `work` is a function of a module. Its ValueErrors are raised here with their sentence. Raises WorkerError when the time
    is over or the process ends without a result. `what`: the subject of these sentences.
    """
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, work, arguments), daemon=False)
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise WorkerError(f"{what} was stopped: it took longer than {seconds:g} s (--time-limit)")
        try:
            failed, value = receiver.recv()
        except EOFError as error:
            process.join()
            raise WorkerError(f"{what} ended its process: {_ending(process.exitcode)}") from error
        process.join(_GRACE)  # threads that the code has left may keep it
        if failed:
            raise WorkerError(value)
        return value
    finally:
        _kill(process)
        receiver.close()


def _answer(sender: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    if hasattr(os, "setsid"):
        os.setsid()  # one group with its children, so that all of them can be killed
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.dup2(2, 1)
    try:
        answer = (False, work(*arguments))
    except (ValueError, OSError) as error:
        answer = (True, str(error))
    except KeyboardInterrupt:
        os._exit(130)
    sender.send(answer)
    sender.close()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "this runs in a worker"
    wait([parent.sentinel])
    os._exit(1)


def _kill(process: BaseProcess) -> None:
    if process.pid is not None and hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # it has gone, or is still starting and has no group yet
    process.kill()
    process.join()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"
    return f"exit code {code}"
