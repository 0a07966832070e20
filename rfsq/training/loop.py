"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from rfsq.machine.processes import ProcessGroup, reports_lost_processes
from rfsq.model.config import ModelConfig
from rfsq.model.model import ModelOutput, QuantizedAutoencoder
from rfsq.photos.pixels import to_pixels
from rfsq.photos.write import write_png
from rfsq.style.names import printable
from rfsq.training.config import TrainConfig
from rfsq.training.data import Batch, DataError, PhotoCache, PhotoSource, batches
from rfsq.training.log import RunLog, measured_row, summary
from rfsq.training.run import ForeignQuantizer, Run, TrainingError, begin
from rfsq.training.schedule import learning_rate
from rfsq.training.state import Progress, save_state
from rfsq.training.step import StepInput

LOG_EVERY = 25  # steps
SAMPLES = 8  # pictures in a sample sheet


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
    run = begin(config, recipe, source, out, photos, quantizer, cpu=cpu, recorded=recorded)
    stream = _stream(source, cache or PhotoCache(), recipe, run.begins, run.photos, run.processes)
    progress = _go_on(run, stream, save_every, log_every or LOG_EVERY, progress_bar=progress_bar)
    run.accelerator.wait_for_everyone()
    return TrainedModel(
        run.trained.cpu().eval(),
        progress.step,
        run.photos,
        progress.seconds,
        str(run.accelerator.device),
        run.accelerator.num_processes,
        run.accelerator.is_main_process,
    )


def _go_on(
    run: Run, stream: Iterator[tuple[int, Batch]], save_every: int, log_every: int, *, progress_bar: bool
) -> Progress:
    """Take all steps that are left; where the run stands then."""
    progress, total, recipe = run.begins, run.total, run.recipe
    is_main = run.accelerator.is_main_process
    log = RunLog(run.out / "log.csv", progress.step) if is_main else None
    started = time.monotonic()
    with tqdm(
        total=total,
        initial=progress.step,
        desc=printable(run.config.name),
        unit="step",
        dynamic_ncols=True,
        disable=not (progress_bar and is_main),
    ) as bar:
        while progress.step < total:
            epoch, batch = next(stream)
            images = batch.images.to(run.accelerator.device, memory_format=torch.channels_last)
            given = _step_input(images, progress.step, run.network, recipe, run.share)
            taken = run.step.take(given, learning_rate(progress.step, total, recipe))
            seconds = time.monotonic() - started
            progress = Progress(progress.step + 1, epoch, batch.position, run.begins.seconds + seconds)
            bar.update()
            last = progress.step == total
            logs, saves = (last or progress.step % every == 0 for every in (log_every, save_every))
            if logs or saves:
                _check_finite(float(taken.norm), progress.step)  # before a broken state replaces the last good one
            if logs:
                trained = (progress.step - run.begins.step) * recipe.batch_size
                row = measured_row(taken, images, progress, trained / max(seconds, 1e-9), run.accelerator.gather)
                if log:
                    log.write(row)
                    bar.set_postfix_str(summary(row))
            if saves and is_main:
                save_state(run.state_file, run.trained, accelerator_optimizer(run.optimizer), progress, run.identity)
                _write_samples(run.out / "samples.png", taken.output, images)
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
