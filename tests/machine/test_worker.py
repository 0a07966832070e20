"""Code in a worker may hang, crash or end its process: this one goes on, with a sentence."""

import os
import sys
import time

import pytest

from rfsq.machine.worker import WorkerError, run_in_worker

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
        ("hangs", "mine.py was stopped: it took longer than 4 s"),
        ("ends", "mine.py ended its process: exit code 7"),
        ("crashes", "mine.py ended its process: killed by SIGSEGV"),
        ("fails", "^a sentence$"),
    ],
)
def test_whatever_the_code_does_ends_in_a_sentence(how: str, sentence: str) -> None:
    with pytest.raises(WorkerError, match=sentence):
        run_in_worker(misbehave, how, seconds=4 if how == "hangs" else 60, what="mine.py")


def test_a_result_comes_back_and_standard_output_stays_clean(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_in_worker(misbehave, "works", seconds=60, what="mine.py") == "works"
    shown = capfd.readouterr()
    assert shown.out == "" and "for people" in shown.err
