"""Working on several processes: `accelerate launch` starts them, each takes its share, the first one reports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch

_T = TypeVar("_T")


@dataclass(frozen=True)
class Processes:
    """This process among those that `accelerate launch` started; alone without it."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share(self, items: Sequence[_T]) -> Sequence[_T]:
        """What this process takes: every `world`-th item."""
        return items[self.rank :: self.world]

    def gather(self, value: _T) -> list[_T]:
        """The values of all processes, in order of rank, on every process."""
        if self.world == 1:
            return [value]
        from accelerate.utils import gather_object

        return gather_object([value])


def join_processes(device: torch.device) -> Processes:
    """The processes of this launch; several on one machine with GPUs take one GPU each, whatever `device` says."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Processes(0, 1, device)
    from accelerate import PartialState  # takes a second to import

    state = PartialState(cpu=device.type == "cpu")
    return Processes(state.process_index, state.num_processes, state.device)
