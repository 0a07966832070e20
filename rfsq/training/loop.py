"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor
from tqdm import tqdm

from rfsq.machine.processes import ProcessError, ProcessGroup, reports_lost_processes
from rfsq.model.config import ModelConfig
from rfsq.model.model import ModelOutput, QuantizedAutoencoder
from rfsq.photos.pixels import to_pixels
from rfsq.photos.write import write_png
from rfsq.quantizers.foreign import Foreign, Reference
from rfsq.style.names import printable
from rfsq.training.config import TrainConfig
from rfsq.training.data import Batch, DataError, PhotoCache, PhotoSource, batches
from rfsq.training.log import RunLog, measured_row, summary
from rfsq.training.losses import reconstruction_loss
from rfsq.training.recorded_step import RecordedStep, can_be_recorded, recordable_adam
from rfsq.training.schedule import learning_rate
from rfsq.training.state import Progress, load_state, save_state
from rfsq.training.step import StepInput, TrainingStep, use_training_layout

LOG_EVERY = 25  # steps
SAMPLES = 8  # pictures in a sample sheet


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
class TrainedModel:
    """What a run hands over."""

    model: QuantizedAutoencoder  # on the CPU, in eval mode
    steps: int
    photos_per_epoch: int
    seconds: float  # training time over all parts of a resumed run
    device: str
    processes: int
    main_process: bool


@reports_lost_processes()
def train(
    config: ModelConfig,
    recipe: TrainConfig,
    source: PhotoSource,
    out: Path,
    *,
    photos: int | None = None,
    cache: PhotoCache | None = None,
    save_every: int = 200,
    log_every: int | None = None,
    progress_bar: bool = True,
    cpu: bool = False,
    recorded: bool = False,
    quantizer: ForeignQuantizer | None = None,
) -> TrainedModel:
    """Train one model; continue `out`/state.safetensors where there is one.

    Writes to `out`: state.safetensors (every `save_every` steps and at the end), log.csv and samples.png. `photos`
    overrides the number of photos that count as an epoch; log.csv gets a row every `log_every` (25) steps. `recorded`: on a
    GPU, take the steps as a CUDA graph where the model allows it, see `rfsq.training.recorded_step`. `quantizer`: one from
    outside, put into a network that has none.

    Under `accelerate launch` all processes call this alike, and divide each batch of the recipe among them: what is
    learned does not depend on their number (but for rounding), and a run may continue on another number of them. Only
    the main process reads and writes `out`. Raises DataError, StateError, TrainingError or ProcessError with a clear
    sentence.
    """
    log_every = log_every or LOG_EVERY
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
    steps_per_epoch = photos // recipe.batch_size
    if not steps_per_epoch:
        raise DataError(f"{photos} photos do not fill one batch of {recipe.batch_size}.")
    total = steps_per_epoch * recipe.epochs

    bare = _network(config, quantizer).to(accelerator.device)
    one_gpu = accelerator.device.type == "cuda" and processes.size == 1
    recorded = recorded and quantizer is None and one_gpu and can_be_recorded(bare)
    optimizer = _optimizer(bare, recipe, accelerator.device, recorded=recorded)
    identity = _identity(config, recipe, photos, quantizer)
    state_file = out / "state.safetensors"
    progress = _resume(state_file, bare, optimizer, identity, processes)
    # All processes compute the same codebooks and statistics; DDP sends the main one's around before each step all the
    # same, so that on GPUs, where sums vary in the last bit, they stay the same.
    model, optimizer = accelerator.prepare(bare, optimizer)
    loss_of = reconstruction_loss(recipe, accelerator.device)
    model.train()
    step = (RecordedStep if recorded else TrainingStep)(model, optimizer, loss_of, recipe)

    cache = cache or PhotoCache()
    log = RunLog(out / "log.csv", progress.step) if accelerator.is_main_process else None
    stream = _stream(source, cache, recipe, progress, photos, processes)
    started, before, first_step = time.monotonic(), progress.seconds, progress.step
    with tqdm(
        total=total,
        initial=progress.step,
        desc=printable(config.name),
        unit="step",
        dynamic_ncols=True,
        disable=not (progress_bar and accelerator.is_main_process),
    ) as bar:
        while progress.step < total:
            epoch, batch = next(stream)
            images = batch.images.to(accelerator.device, memory_format=torch.channels_last)
            given = _step_input(images, progress.step, bare, recipe, share)
            taken = step.take(given, learning_rate(progress.step, total, recipe))
            seconds = time.monotonic() - started
            progress = Progress(progress.step + 1, epoch, batch.position, before + seconds)
            bar.update()
            last = progress.step == total
            logs, saves = (last or progress.step % every == 0 for every in (log_every, save_every))
            if logs or saves:
                _check_finite(float(taken.norm), progress.step)  # before a broken state replaces the last good one
            if logs:
                trained = (progress.step - first_step) * recipe.batch_size
                row = measured_row(taken, images, progress, trained / max(seconds, 1e-9), accelerator.gather)
                if log:
                    log.write(row)
                    bar.set_postfix_str(summary(row))
            if saves and accelerator.is_main_process:
                save_state(
                    state_file, accelerator.unwrap_model(model), accelerator_optimizer(optimizer), progress, identity
                )
                _write_samples(out / "samples.png", taken.output, images)
    accelerator.wait_for_everyone()
    return TrainedModel(
        accelerator.unwrap_model(model).cpu().eval(),
        total,
        photos,
        progress.seconds,
        str(accelerator.device),
        accelerator.num_processes,
        accelerator.is_main_process,
    )


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
    """What a saved state must agree in to be gone on with."""
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


def kept_stages(step: int, images: int, stages: int, recipe: TrainConfig) -> Tensor | None:
    """How many stages each image of a global batch keeps: all, or with probability `stage_dropout`, from 1 to one less.

    None without stage dropout. Depends on the seed and the step alone.
    """
    if not recipe.stage_dropout or stages == 1:
        return None
    rng = np.random.default_rng([recipe.seed, step])
    fewer = rng.integers(1, stages, images)
    return torch.from_numpy(np.where(rng.random(images) < recipe.stage_dropout, fewer, stages))


def latent_noise(step: int, config: ModelConfig, recipe: TrainConfig, device: torch.device) -> Tensor | None:
    """Noise for the latents of a global batch, (B, D, h, w), each image's of a strength of its own up to `latent_noise`.

    None for a recipe without. Depends on the seed, the step and the kind of device.
    """
    if not recipe.latent_noise:
        return None
    generator = torch.Generator(device).manual_seed((recipe.seed * 1_000_003 + step) % 2**63)
    side = recipe.crop // config.stride
    shape = recipe.batch_size, config.dim, side, side
    strength = torch.rand(recipe.batch_size, 1, 1, 1, generator=generator, device=device)
    return torch.randn(shape, generator=generator, device=device) * strength * recipe.latent_noise


def _step_input(
    images: Tensor, step: int, network: QuantizedAutoencoder, recipe: TrainConfig, share: slice
) -> StepInput:
    """images: this process's share of the global batch, (B, 3, H, W)."""
    keep = kept_stages(step, recipe.batch_size, network.num_stages, recipe)
    noise = latent_noise(step, network.config, recipe, images.device)
    return StepInput(
        images,
        None if keep is None else keep[share].to(images.device),
        None if noise is None else noise[share],
    )


def _check_finite(norm: float, step: int) -> None:
    if not math.isfinite(norm):
        raise TrainingError(
            f"Training diverged before step {step}: the gradient is not finite. "
            "A lower learning rate may help; the last saved state is kept."
        )


def accelerator_optimizer(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
    """The torch optimizer inside accelerate's wrapper."""
    return getattr(optimizer, "optimizer", optimizer)


def _stream(
    source: PhotoSource,
    cache: PhotoCache,
    recipe: TrainConfig,
    progress: Progress,
    photos: int,
    processes: ProcessGroup,
) -> Iterator[tuple[int, Batch]]:
    """(epoch, batch) without end, from where the run stands.

    An epoch ends where `photos` are used up. Only the position decides, never what happened before, so
    that a resumed run ends its epochs where an uninterrupted one does, however many photos were unreadable.
    """
    epoch, position = progress.epoch, progress.position
    while True:
        fresh = position == 0
        for batch in batches(source, cache, recipe, epoch=epoch, position=position, processes=processes):
            if batch.position > photos:
                break
            fresh = False
            yield epoch, batch
        if fresh:
            raise DataError(f"No batch of {recipe.batch_size} readable photos could be read from {source.location}.")
        epoch, position = epoch + 1, 0


def _write_samples(path: Path, output: ModelOutput, images: Tensor) -> None:
    """Photos above their reconstructions, as one picture."""
    rows = [torch.cat(list(x[:SAMPLES].detach().float().clamp(-1, 1)), dim=2) for x in (images, output.images)]
    write_png(np.asarray(to_pixels(torch.cat(rows, dim=1)[None].cpu())), path)
