"""A run of training, as it begins or as its saved state left it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn

from rfsq.machine.processes import ProcessError, ProcessGroup
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.quantizers.foreign import Foreign, Reference
from rfsq.training.config import TrainConfig
from rfsq.training.data import DataError, PhotoSource
from rfsq.training.losses import reconstruction_loss
from rfsq.training.recorded_step import RecordedStep, can_be_recorded, recordable_adam
from rfsq.training.state import Progress, load_state
from rfsq.training.step import TrainingStep, use_training_layout


class TrainingError(ValueError):
    """Training cannot go on; the message says why."""


@dataclass(frozen=True)
class ForeignQuantizer:
    """A quantizer from outside to train a network with; see `rfsq.quantizers.foreign`."""

    reference: Reference

    def make(self, config: ModelConfig) -> Foreign:
        """Raises ForeignError."""
        return Foreign(self.reference.make(config.dim), config.dim)

    def check(self, config: ModelConfig, recipe: TrainConfig) -> None:
        """Raises TrainingError for a network that has a quantizer, or a recipe that asks what it may not know."""
        if config.quantized:
            raise TrainingError(
                f"{config.name} has a quantizer of its own; take a continuous one, such as continuous-5."
            )
        if recipe.stage_dropout or recipe.latent_noise:
            raise TrainingError("stage_dropout and latent_noise are not for a quantizer from outside.")


@dataclass(frozen=True)
class Run:
    """A run, ready for its next step."""

    config: ModelConfig
    recipe: TrainConfig
    out: Path
    accelerator: Accelerator
    processes: ProcessGroup
    share: slice  # of each batch, for this process
    network: QuantizedAutoencoder  # on its device, as it was made
    model: nn.Module  # what accelerate makes of it
    optimizer: torch.optim.Optimizer
    step: TrainingStep
    identity: dict[str, Any]  # what a saved state must agree in to be gone on with
    begins: Progress
    photos: int  # of an epoch

    @property
    def total(self) -> int:
        """Steps."""
        return self.photos // self.recipe.batch_size * self.recipe.epochs

    @property
    def state_file(self) -> Path:
        """Where its state is kept."""
        return _state_file(self.out)

    @property
    def trained(self) -> QuantizedAutoencoder:
        """The network with what was learned so far."""
        network: QuantizedAutoencoder = self.accelerator.unwrap_model(self.model)
        return network


def begin(
    config: ModelConfig,
    recipe: TrainConfig,
    source: PhotoSource,
    out: Path,
    photos: int | None,
    quantizer: ForeignQuantizer | None,
    *,
    cpu: bool,
    recorded: bool,
) -> Run:
    """A run as it begins, or as its saved state left it. Arguments and errors as those of `rfsq.training.loop.train`."""
    _check_recipe(config, recipe)
    if quantizer is not None:
        quantizer.check(config, recipe)
    accelerator = Accelerator(cpu=cpu, mixed_precision="no")  # half precision is the step's own business
    processes = ProcessGroup(accelerator.process_index, accelerator.num_processes)
    if quantizer is not None and processes.size > 1:
        raise TrainingError("A quantizer from outside is trained by one process: what it tracks is not shared.")
    share = processes.share(recipe.batch_size)
    torch.manual_seed(recipe.seed)
    _check_same_data(source, processes)
    photos = photos or processes.from_main(source.count)
    if photos < recipe.batch_size:
        raise DataError(f"{photos} photos do not fill one batch of {recipe.batch_size}.")
    network = _network(config, quantizer).to(accelerator.device)
    one_gpu = accelerator.device.type == "cuda" and processes.size == 1
    recorded = recorded and quantizer is None and one_gpu and can_be_recorded(network)
    optimizer = _optimizer(network, recipe, accelerator.device, recorded=recorded)
    identity = _identity(config, recipe, photos, quantizer)
    begins = _resume(_state_file(out), network, optimizer, identity, processes)
    # All processes compute the same codebooks and statistics; DDP sends the main one's around before each step all the
    # same, so that on GPUs, where sums vary in the last bit, they stay the same.
    model, optimizer = accelerator.prepare(network, optimizer)
    model.train()
    loss_of = reconstruction_loss(recipe, accelerator.device)
    step = (RecordedStep if recorded else TrainingStep)(model, optimizer, loss_of, recipe)
    return Run(
        config, recipe, out, accelerator, processes, share, network, model, optimizer, step, identity, begins, photos
    )


def _state_file(out: Path) -> Path:
    return out / "state.safetensors"


def _check_recipe(config: ModelConfig, recipe: TrainConfig) -> None:
    """Raises TrainingError for a recipe that does not fit the model."""
    if recipe.crop % config.stride:
        raise TrainingError(
            f"{config.name} needs crops that are a multiple of {config.stride} pixels, got {recipe.crop}."
        )
    if recipe.latent_noise and config.quantized:
        raise TrainingError(f"latent_noise is for models without a quantizer; {config.name} has one.")


def _network(config: ModelConfig, quantizer: ForeignQuantizer | None) -> QuantizedAutoencoder:
    """An untrained network, laid out in memory for training, with the quantizer from outside in it if there is one."""
    network = QuantizedAutoencoder(config)
    if quantizer is not None:
        network.quantizer = quantizer.make(config)
    use_training_layout(network)
    return network


def _optimizer(
    network: QuantizedAutoencoder, recipe: TrainConfig, device: torch.device, *, recorded: bool
) -> torch.optim.Optimizer:
    if recorded:
        return recordable_adam(network, recipe.learning_rate, device)
    return torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)


def _identity(
    config: ModelConfig, recipe: TrainConfig, photos: int, quantizer: ForeignQuantizer | None
) -> dict[str, Any]:
    identity = {"config": config.to_json(), "recipe": recipe.to_json(), "photos": photos}
    return identity if quantizer is None else identity | {"quantizer": quantizer.reference.text}


def _check_same_data(source: PhotoSource, processes: ProcessGroup) -> None:
    """Raises ProcessError if this machine's folder holds another number of photos or shards than the main one's."""
    ours = (len(source.files), len(source.shards))
    theirs = processes.from_main(lambda: ours)
    if ours != theirs:
        raise ProcessError(
            f"Process {processes.rank} finds {ours[0]} photos and {ours[1]} shards at {source.location}, "
            f"the main process {theirs[0]} and {theirs[1]}; all machines need the same data."
        )


def _resume(
    path: Path,
    model: QuantizedAutoencoder,
    optimizer: torch.optim.Optimizer,
    identity: dict[str, Any],
    processes: ProcessGroup,
) -> Progress:
    """Continue the run saved at `path` if the main process finds one; the other machines need not have the file."""
    progress, moments = processes.from_main(
        lambda: (load_state(path, model, optimizer, identity) if path.exists() else Progress(), optimizer.state_dict())
    )
    if processes.rank:
        optimizer.load_state_dict(moments)  # the weights follow when accelerate prepares the model
    return progress
