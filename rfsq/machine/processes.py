"""The processes that work on one task together, and what they tell each other beside the gradients of a training.

These few bytes travel over gloo (TCP) even where the gradients use NCCL: sending them stalls no GPU, and a process that
waits for one that was killed hears of it at once instead of after a timeout.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import torch
import torch.distributed as dist

T = TypeVar("T")
_LOST = re.compile(
    r"connection (was )?(closed|reset|refused)|broken pipe|socket closed|remote process exit", re.IGNORECASE
)


class ProcessError(ValueError):
    """Another process of the run is gone or does not fit; the message says so in one sentence."""


class ProcessGroup:
    """All processes of the run as one of them sees them: itself alone, or those of torch.distributed.

    rank: number of this process, 0 for the main one. size: how many there are.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    @cached_property
    def _group(self) -> dist.ProcessGroup:
        return dist.new_group(backend="gloo")

    def share(self, batch_size: int) -> slice:
        """This process's part of a global batch. Raises ProcessError if the parts would not be equal."""
        if batch_size % self.size:
            raise ProcessError(
                f"A batch of {batch_size} cannot be divided equally among {self.size} processes; "
                f"choose a --batch-size that is a multiple of {self.size}."
            )
        length = batch_size // self.size
        return slice(self.rank * length, (self.rank + 1) * length)

    def gather(self, flags: list[bool]) -> list[bool]:
        """The flags of all processes, equally many from each, in the order of their ranks."""
        if self.size == 1:
            return flags
        own = torch.tensor(flags, dtype=torch.uint8)
        parts = [torch.empty_like(own) for _ in range(self.size)]
        dist.all_gather(parts, own, group=self._group)
        return torch.cat(parts).bool().tolist()

    def gather_values(self, value: T) -> list[T]:
        """What every process passes, in the order of their ranks, on all of them."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value, group=self._group)
        return values

    def from_main(self, compute: Callable[[], T]) -> T:
        """What `compute` returns, or raises, in the main process, which alone calls it."""
        if self.size == 1:
            return compute()
        answer: list[Any] = [None, None]
        if self.rank == 0:
            try:
                answer[0] = compute()
            except (ValueError, OSError) as error:
                answer[1] = error
        dist.broadcast_object_list(answer, src=0, group=self._group)
        if answer[1] is not None:
            raise answer[1]
        return answer[0]


SINGLE_PROCESS = ProcessGroup()


def join_processes(device: torch.device) -> tuple[ProcessGroup, torch.device]:
    """The processes of `accelerate launch` and the device of this one, a GPU of its own where `device` is one.

    Without `accelerate launch`, this process alone on `device`.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return SINGLE_PROCESS, device
    from accelerate import PartialState  # takes a second to import

    state = PartialState(cpu=device.type == "cpu")
    return ProcessGroup(state.process_index, state.num_processes), state.device


@contextmanager
def reports_lost_processes() -> Iterator[None]:
    """Work that needs all processes: raises ProcessError when another one is lost meanwhile."""
    try:
        yield
    except RuntimeError as error:  # gloo and DDP have no class of their own for this
        if not _LOST.search(str(error)):
            raise
        raise ProcessError(
            "Another process of this run has ended, so this one stops too; "
            "the same command continues from the last saved state."
        ) from error
