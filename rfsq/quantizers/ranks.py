"""Statistics over all processes of a distributed training, which may hold batches of different sizes, or none."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor, sym_max


def is_distributed() -> bool:
    """Whether several processes train together."""
    return dist.is_available() and dist.is_initialized()


def sum_over_ranks(statistics: Tensor) -> Tensor:
    """The sum over all ranks, on all of them, written over `statistics`. Alone: the tensor as it is."""
    if is_distributed():
        dist.all_reduce(statistics)
    return statistics


def gather_rows(rows: Tensor) -> Tensor:
    """The rows (N, D) of all ranks, in rank order: every rank then draws the same ones. N may differ, and be 0."""
    if not is_distributed():
        return rows
    counts = [torch.zeros(1, dtype=torch.int64, device=rows.device) for _ in range(dist.get_world_size())]
    dist.all_gather(counts, torch.tensor([len(rows)], device=rows.device))
    lengths = [int(count) for count in counts]
    padded = rows.new_zeros(max(lengths), rows.shape[1])
    padded[: len(rows)] = rows
    parts = [torch.empty_like(padded) for _ in lengths]
    dist.all_gather(parts, padded)
    return torch.cat([part[:length] for part, length in zip(parts, lengths, strict=True)])


def mean_over_ranks(total: Tensor, count: int) -> Tensor:
    """`total` / `count` over all ranks, from each one's sum and number of rows; 0 where there are no rows at all.

    The gradient is that of this rank's part, scaled so that the mean over ranks, which training takes of the gradients,
    is the gradient of the mean over all rows.
    """
    if not is_distributed():
        return total / sym_max(count, 1)
    counts = sum_over_ranks(torch.tensor(count, dtype=torch.int64, device=total.device))
    everybody = sum_over_ranks(total.detach().clone()) / counts.clamp(min=1)
    mine = total * (dist.get_world_size() / counts.clamp(min=1))
    return mine + (everybody - mine.detach())


def recomputing() -> bool:
    """Whether activation checkpointing runs a forward pass again, inside the backward pass: statistics count once.

    It is then the last forward pass of a module that is run again, with the statistics that this one has used; of two
    passes before one backward pass, the first would be repeated with those of the second.
    """
    if torch.compiler.is_compiling():
        return False
    return torch._C._current_graph_task_id() != -1
