"""What processes tell each other, as far as one can see it alone (tests/training/scale_out/ has several)."""

import pytest
import torch

from rfsq.machine.processes import SINGLE_PROCESS, ProcessError, ProcessGroup, join_processes, reports_lost_processes


def test_without_a_launcher_a_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert join_processes(torch.device("cpu")) == (SINGLE_PROCESS, torch.device("cpu"))
    assert (SINGLE_PROCESS.rank, SINGLE_PROCESS.size) == (0, 1)
    assert SINGLE_PROCESS.share(7) == slice(0, 7) and SINGLE_PROCESS.gather([True, False]) == [True, False]
    assert SINGLE_PROCESS.gather_values("x") == ["x"] and SINGLE_PROCESS.from_main(lambda: 3) == 3


def test_parts_of_a_batch_are_equal_or_refused() -> None:
    assert [ProcessGroup(rank, 4).share(32) for rank in (0, 3)] == [slice(0, 8), slice(24, 32)]
    with pytest.raises(ProcessError, match="batch of 32 cannot be divided equally among 3 processes.* multiple of 3"):
        ProcessGroup(0, 3).share(32)


@pytest.mark.parametrize(
    "message", ["Connection closed by peer [127.0.0.1]:1", "NCCL: remote process exited", "Broken pipe"]
)
def test_a_lost_process_is_told_in_one_sentence(message: str) -> None:
    with pytest.raises(ProcessError, match="Another process of this run has ended"), reports_lost_processes():
        raise RuntimeError(message)


def test_other_errors_are_not_taken_for_a_lost_process() -> None:
    with pytest.raises(RuntimeError, match="shape"), reports_lost_processes():
        raise RuntimeError("wrong shape")
