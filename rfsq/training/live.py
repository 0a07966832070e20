"""A small model trained while somebody watches: on a few photos in memory, a piece at a time.

    run = LiveRun(live_config("rfsq-4x1024-scale"), photos, shown=photos[0], seconds=60)
    while not run.finished:
        for row in run.advance(0.5):
            ...
    run.picture()  # the shown photo as the model draws it now

There is no thread in here and nothing waits: between two calls of `advance` the run stands still, with its optimizer,
for as long as the caller likes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from rfsq.machine.devices import cpu_threads, describe_device
from rfsq.metrics import image as metrics
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO, zoo_config
from rfsq.photos.gallery import EXAMPLES, load_example
from rfsq.photos.pixels import fit_within, to_pixels, to_tensor
from rfsq.training.config import TrainConfig
from rfsq.training.crops import random_crop
from rfsq.training.losses import reconstruction_loss
from rfsq.training.schedule import learning_rate
from rfsq.training.step import StepInput, StepResult, compute_gradients, set_rate, use_training_layout

HIDDEN = (48, 96)  # channels of the two hidden layers; the zoo has 128 and 256, too slow for a minute
CHOICES = (
    "rfsq-4x1024-none",
    "rfsq-4x1024-scale",
    "rfsq-4x1024-layernorm",
    "rfsq-4x1024-layernorm-global",
    "rfsq-4x1024-geometric",
    "fsq-40-8x32",
    "rvq-4x1024",
    "lfq-40",
    "fsq-8x8x8x8",
    "vq-4096",
    "lfq-12",
)
"""Models of the zoo whose quantizer a live run may take: most spend 40 bits per token, the last three 12."""

LOG_EVERY = 20  # steps between two rows; the first steps have rows of their own, because much happens there
LOW_RATE = 0.05  # share of the peak: what the learning rate does not fall below, and stays at beyond the plan
HELD_OUT = ("astronaut", "coffee")  # photos of the gallery that are measured and not learned from: the first that fits
PHOTO_SIDE = 256  # pixels of the longer side of the photos
_FIRST_ROWS = (1, 5, 10)
_SHARES = 10_000  # the plan as that many steps of the schedule

Row = dict[str, float]


class LiveRunError(ValueError):
    """A live run cannot start or go on; the message says why in one sentence."""


def live_config(base: str, name: str | None = None) -> ModelConfig:
    """The quantizer of a zoo model in a narrower network. Raises ValueError for a model that the zoo does not have."""
    return replace(zoo_config(base), name=name or f"live-{base}", hidden=HIDDEN)


def base_of(config: ModelConfig) -> str | None:
    """The zoo model that has the same quantizer, whatever the network around it; None if there is none."""
    return next(
        (base for base, zoo in ZOO.items() if replace(zoo, name=config.name, hidden=config.hidden) == config), None
    )


def live_photo(pixels: np.ndarray) -> np.ndarray:
    """A photo as live runs take it: at most PHOTO_SIDE pixels on its longer side, (H, W, 3) uint8."""
    return fit_within(pixels, PHOTO_SIDE)


def gallery_photos(without: str | None = None) -> tuple[np.ndarray, ...]:
    """The photos and charts of the gallery, as live runs take them, but for the one of this name."""
    return tuple(live_photo(load_example(example.name)) for example in EXAMPLES if example.name != without)


def held_out_for(shown: str) -> str:
    """The name of the example that a run does not learn from, so that it can be measured on: never the one it shows."""
    return next(name for name in HELD_OUT if name != shown)


def live_recipe(seed: int = 0, device: torch.device | None = None) -> TrainConfig:
    """The zoo's recipe, in half precision only where that is faster: on CUDA, and on CPUs that compute bfloat16."""
    return TrainConfig(seed=seed, precision="bf16" if _fast_bfloat16(device or torch.device("cpu")) else "fp32")


def _fast_bfloat16(device: torch.device) -> bool:
    # Without such instructions bfloat16 was 8 times slower than float32; Apple's GPUs were not measured.
    if device.type == "cpu":
        able = torch.cpu.get_capabilities()
        return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    return device.type == "cuda"


def columns(rows: Iterable[Mapping[str, float]]) -> dict[str, list[float]]:
    """Rows of the log as columns of equal length, as `rfsq.figures.training_curves` takes them; NaN where not measured."""
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, math.nan) for row in rows] for name in names}


@dataclass(frozen=True)
class ShownScores:
    """A photo through the model as it is now, measured on the 8-bit picture."""

    pixels: np.ndarray  # (H, W, 3) uint8, the reconstruction
    psnr_db: float
    l1: float  # on the [-1, 1] scale
    step: int  # after which it was measured


class LiveRun:
    """One training run, advanced by its caller.

    photos: (H, W, 3) uint8 each, of any size; every step takes random crops of them, by a generator of the run's own.
    shown: the photo that is measured and drawn, by default the first; it need not be among `photos`.
    held_out: another one that is measured, not among `photos`, to see what was learned and what only memorized.
    The plan is `steps` or `seconds` of training (whichever ends first when both are given): warm-up, peak, and a cosine
    down to 5 % of the peak. A run that is advanced beyond its plan goes on at that low rate, so it can only be refined.
    Waiting between two calls does not count. With `steps` alone, two runs of one seed on one machine are equal.
    One CPU core is left to whoever draws what is learned. Not for two threads at once.
    Raises LiveRunError without photos, without a plan, and when training diverges.
    """

    def __init__(
        self,
        config: ModelConfig,
        photos: Sequence[np.ndarray],
        *,
        shown: np.ndarray | None = None,
        held_out: np.ndarray | None = None,
        seconds: float | None = None,
        steps: int | None = None,
        seed: int = 0,
        device: torch.device | None = None,
        recipe: TrainConfig | None = None,
    ) -> None:
        if not photos:
            raise LiveRunError("There is no photo to train on.")
        if (seconds is None or not 0 < seconds < math.inf) and (steps is None or steps < 1):
            raise LiveRunError("A run needs a number of steps or of seconds.")
        self.device = device or torch.device("cpu")
        self.recipe = recipe or live_recipe(seed, self.device)
        self.photos = tuple(photos)
        self.shown = self.photos[0] if shown is None else shown
        self.planned_seconds, self.planned_steps = seconds, steps
        self.step, self.seconds = 0, 0.0
        self.log: list[Row] = []
        self._rng = np.random.default_rng([self.recipe.seed, 0])
        self._model = _fresh_model(config, self.recipe.seed).to(self.device)
        use_training_layout(self._model)
        self._optimizer = torch.optim.Adam(self._model.parameters(), lr=self.recipe.learning_rate)
        self._loss_of = reconstruction_loss(self.recipe, self.device)
        self._original = to_tensor(self.shown)
        self._held_out = None if held_out is None else to_tensor(held_out)
        self._threads = max(1, torch.get_num_threads() - 1)

    @property
    def config(self) -> ModelConfig:
        return self._model.config

    @property
    def where(self) -> str:
        """The device and the CPU threads that it trains with, in words."""
        with cpu_threads(self._threads):
            return describe_device(self.device)

    @property
    def share(self) -> float:
        """How much of the plan is done; above 1 when the run was continued beyond it."""
        done = [self.step / self.planned_steps] if self.planned_steps else []
        return max([*done, self.seconds / self.planned_seconds] if self.planned_seconds else done)

    @property
    def finished(self) -> bool:
        """Whether the plan is done. `advance` goes on all the same."""
        return self.share >= 1

    def advance(self, seconds: float = math.inf, *, steps: int | None = None) -> list[Row]:
        """Train for about `seconds`, or `steps` steps, at least one step, at most to the end of an unfinished plan.

        Returns the new rows of the log: step, seconds (of training), loss, psnr_db (of the crops), rms_0 (before stage 1)
        … rms_S, perplexity_1 … perplexity_S, photo_psnr_db of the shown photo and held_out_psnr_db, if there is such a
        photo. Give one of both limits once the plan is done. Raises LiveRunError when the loss is not finite.
        """
        if self.finished and math.isinf(seconds) and steps is None:
            raise LiveRunError("The plan of this run is done; say how much longer it should go on.")
        rows, first, within = [], self.step, not self.finished
        self._model.train()
        started, before = time.perf_counter(), self.seconds
        with cpu_threads(self._threads):
            while True:
                row = self._train_step()
                self.seconds = before + time.perf_counter() - started
                if row is not None:
                    rows.append({"step": self.step, "seconds": round(self.seconds, 3)} | row)
                spent = self.seconds - before >= seconds or (steps is not None and self.step - first >= steps)
                if spent or (within and self.finished):
                    break
        self.log += rows
        return rows

    def _train_step(self) -> Row | None:
        crops = [
            random_crop(
                self.photos[self._rng.integers(len(self.photos))], self.recipe.crop, self.recipe.flip, self._rng
            )
            for _ in range(self.recipe.batch_size)
        ]
        images = to_tensor(np.stack(crops)).to(self.device, memory_format=torch.channels_last)
        rate = rate_at(self.share, self.recipe)
        taken = compute_gradients(self._model, self._optimizer, self._loss_of, StepInput(images), self.recipe)
        set_rate(self._optimizer, rate)
        if not math.isfinite(float(taken.norm)):
            raise LiveRunError(f"Training diverged at step {self.step + 1}: the gradient is not finite.")
        self._optimizer.step()
        self.step += 1
        if self.step % LOG_EVERY and self.step not in _FIRST_ROWS:
            return None
        return _measure(taken, images) | self._photo_scores()

    def _photo_scores(self) -> Row:
        held_out = {} if self._held_out is None else {"held_out_psnr_db": self._scores_of(self._held_out).psnr_db}
        return {"photo_psnr_db": self.measure().psnr_db} | held_out

    def log_here(self) -> list[Row]:
        """A row for the step that the run stands at, if the log ends before it: with the scores of photos alone. It is added to
        the log and returned, so that whoever stops here draws how far the run came."""
        if not self.log or self.log[-1]["step"] == self.step:
            return []
        rows = [{"step": self.step, "seconds": round(self.seconds, 3)} | self._photo_scores()]
        self.log += rows
        return rows

    def measure(self) -> ShownScores:
        """The shown photo through the model as it is now, in the eval mode that a saved model has."""
        return self._scores_of(self._original)

    def _scores_of(self, photo: Tensor) -> ShownScores:
        training = self._model.training
        self._model.eval()
        with torch.inference_mode(), cpu_threads(self._threads):
            pixels = to_pixels(self._model.reconstruct(photo.to(self.device)))
            drawn = to_tensor(pixels)
            psnr, l1 = float(metrics.psnr_db(drawn, photo)), float(metrics.l1(drawn, photo))
            scores = ShownScores(pixels, psnr, l1, self.step)
        self._model.train(training)
        return scores

    def picture(self) -> np.ndarray:
        """The reconstruction of the shown photo, (H, W, 3) uint8."""
        return self.measure().pixels

    def trained_model(self, name: str | None = None) -> QuantizedAutoencoder:
        """A copy of the model as it is now, on the CPU and in eval mode, for `rfsq.model.archive.checkpoint_bytes`."""
        config = self.config if name is None else replace(self.config, name=name)
        model = _fresh_model(config, 0)
        model.load_state_dict({key: value.detach().cpu() for key, value in self._model.state_dict().items()})
        return model.eval().requires_grad_(False)

    def facts(self) -> dict[str, object]:
        """What the checkpoint says about its training."""
        return {
            "note": "trained live on a few photos: no evidence about quantizers",
            "recipe": self.recipe.to_json(),
            "steps": self.step,
            "seconds": round(self.seconds, 1),
            "photos": len(self.photos),
            "device": self.device.type,
        }


def rate_at(share: float, recipe: TrainConfig) -> float:
    """The learning rate at a share of the plan: the one cycle of all our training, but never below LOW_RATE after its peak."""
    rate = learning_rate(min(round(share * _SHARES), _SHARES), _SHARES, recipe)
    return rate if share < recipe.warmup else max(rate, LOW_RATE * recipe.learning_rate)


def _fresh_model(config: ModelConfig, seed: int) -> QuantizedAutoencoder:
    """An untrained model, its weights drawn from `seed` alone: the global generator is neither read nor moved."""
    with torch.random.fork_rng(devices=[]):
        model = QuantizedAutoencoder(config)
    generator = torch.Generator().manual_seed(seed)
    for layer in (*model.encoder.modules(), *model.decoder.modules()):
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):  # as torch does it, but by our own generator
            nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
            if layer.bias is not None:
                bound = 1 / math.sqrt(layer.weight[0].numel())
                nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
    return model


def _measure(taken: StepResult, images: Tensor) -> Row:
    """A row of the log about one batch of crops."""
    output = taken.output
    pictures = output.images.detach().clamp(-1, 1)
    row = {"loss": float(taken.loss), "psnr_db": float(metrics.psnr_db(pictures, images).mean())}
    stages = output.quantizer.stages if output.quantizer is not None else ()
    if stages:
        row["rms_0"] = float(stages[0].rms_before.mean())
    for number, stage in enumerate(stages, start=1):
        row[f"rms_{number}"] = float(stage.rms_after.mean())
        row[f"perplexity_{number}"] = stage.perplexity
    return row
