"""A training step recorded once as a CUDA graph and replayed, so that a GPU does not wait for Python between kernels.

The networks of this project are small: hundreds of kernels of a few microseconds make a step, and launching one takes
longer than running it. A replay launches all of them at once. Only a step without decisions on the host can be recorded
(`can_be_recorded`); others are taken as usual.
"""

from __future__ import annotations

from dataclasses import fields

import torch
from torch import Tensor, nn

from rfsq.model.model import QuantizedAutoencoder
from rfsq.quantizers import FSQ, LFQ
from rfsq.training.config import TrainConfig
from rfsq.training.losses import Loss
from rfsq.training.step import StepInput, StepResult, TrainingStep

_WARM_UP = 5  # steps taken as usual, in which libraries choose their kernels


def can_be_recorded(model: QuantizedAutoencoder) -> bool:
    """Whether every step of this model runs the same kernels: not with VQ, which looks which codes it must revive."""
    parts = model.quantizer.parts if model.quantizer is not None else ()
    return all(isinstance(base, FSQ | LFQ) for base, _ in parts)


class RecordedStep(TrainingStep):
    """A `TrainingStep` for CUDA. All batches must have the shapes of the first. The optimizer must be `capturable`.

    The first steps are taken as usual; the next is recorded. The tensors of a result are overwritten by the next step.
    """

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Loss, recipe: TrainConfig) -> None:
        super().__init__(model, optimizer, loss_of, recipe)
        self._taken = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._batch: StepInput | None = None  # the memory that the graph reads
        self._result: StepResult | None = None  # and the one it writes
        self._stream = torch.cuda.Stream()

    def _run(self, batch: StepInput) -> StepResult:
        self._taken += 1
        if self._taken <= _WARM_UP:
            return self._warm_up(batch)
        if self._graph is None:
            self._record(batch)
        assert self._graph is not None and self._batch is not None and self._result is not None
        for name in (field.name for field in fields(StepInput)):
            fixed: Tensor | None = getattr(self._batch, name)
            if fixed is not None:
                fixed.copy_(getattr(batch, name))
        self._graph.replay()
        return self._result

    def _warm_up(self, batch: StepInput) -> StepResult:
        """On a stream of its own, as recording will be."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            result = super()._run(batch)
        torch.cuda.current_stream().wait_stream(self._stream)
        return result

    def _record(self, batch: StepInput) -> None:
        self._batch = StepInput(
            batch.images.clone(),
            None if batch.keep is None else batch.keep.clone(),
            None if batch.noise is None else batch.noise.clone(),
        )
        self.optimizer.zero_grad(set_to_none=True)
        self._graph = torch.cuda.CUDAGraph()
        buffers = dict(self.model.named_buffers())
        with torch.cuda.graph(self._graph, stream=self._stream):
            self._result = super()._run(self._batch)
            _write_back(self.model, buffers)


def _write_back(model: nn.Module, buffers: dict[str, Tensor]) -> None:
    """Put buffers that a step replaced by new tensors, as tracked statistics are, back into their memory: a replay
    begins with what it finds there."""
    for name, old in buffers.items():
        owner = model.get_submodule(name.rpartition(".")[0])
        new: Tensor = getattr(owner, name.rpartition(".")[2])
        if new is not old:
            old.copy_(new)
            setattr(owner, name.rpartition(".")[2], old)


def recordable_adam(model: nn.Module, rate: float, device: torch.device) -> torch.optim.Adam:
    """Adam in one kernel, with the learning rate in the GPU's memory, where a recorded step finds it."""
    return torch.optim.Adam(model.parameters(), lr=torch.tensor(rate, device=device), fused=True, capturable=True)
