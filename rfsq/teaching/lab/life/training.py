"""One quantizer learns between its networks, several seeds at once, and everything is recorded on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from torch import Generator, Tensor

from rfsq.quantizers import Quantizer
from rfsq.quantizers.usage import entropy_of_counts
from rfsq.quantizers.vq import kmeans, nearest
from rfsq.teaching.lab.life.methods import CODE_COUNTS, FAR, METHODS, STARTS, Method, StartName, first_codes
from rfsq.teaching.lab.life.network import Pairs
from rfsq.teaching.lab.life.streams import stream

SEEDS = 3
STEPS = 300
EVERY = 5  # steps from one frame to the next
DRAWN = 200  # samples whose way is recorded
MEASURED = 1000  # samples that are measured at most; none of them is learned from
_BATCH = 256
_KMEANS_ITERATIONS = 30


@dataclass(frozen=True)
class LifeSettings:
    """What all methods have in common. Raises ValueError when a value makes no sense."""

    codes: int = 16  # K, one of CODE_COUNTS
    start: StartName = "data"
    frozen_encoder: bool = False  # whether the latents stay the samples
    learning_rate: float = 0.01  # of Adam, for all that gradients learn
    commitment_weight: float = 0.25
    seed: int = 0  # of the first of SEEDS lives; the others follow

    def __post_init__(self) -> None:
        if self.codes not in CODE_COUNTS:
            raise ValueError(f"codes must be one of {', '.join(map(str, CODE_COUNTS))}, got {self.codes}")
        if self.start not in STARTS:
            raise ValueError(f"there is no start {self.start!r}; choose one of {', '.join(STARTS)}")
        if not 0 < self.learning_rate <= 1:
            raise ValueError(f"the learning rate must lie in 0 … 1, got {self.learning_rate}")
        if not 0 <= self.commitment_weight <= 10:
            raise ValueError(f"the commitment weight must lie in 0 … 10, got {self.commitment_weight}")

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of each life: first codes, weights of the networks, and the order of the samples."""
        return tuple(SEEDS * self.seed + number for number in range(SEEDS))


@dataclass(frozen=True, eq=False)
class Life:
    """How one method learned. S seeds, F frames, K codes, N drawn samples; arrays are float32 unless said otherwise."""

    method: str
    codes: int
    steps: np.ndarray  # (F,) int64, the first is 0: before anything was learned
    usage: np.ndarray  # (S, F) share of the codes that at least one of the measured samples takes
    perplexity: np.ndarray  # (S, F) effective number of codes among the measured samples
    error: np.ndarray  # (S, F) squared error of the measured samples, as a share of their mean square
    measured: int  # how many samples were measured
    samples: np.ndarray  # (N, 2) the first measured ones, as they are
    latents: np.ndarray  # (S, F, N, 2) what is rounded; of more than two channels their part in a fixed plane
    indices: np.ndarray  # (S, F, N) int64
    marks: np.ndarray  # (S, F, K, 2) the codes, in the same plane
    decoded: np.ndarray  # (S, F, K, 2) what the decoder makes of every code
    used: np.ndarray  # (S, F, K) bool, whether a measured sample takes the code

    @property
    def nbytes(self) -> int:
        return sum(value.nbytes for value in vars(self).values() if isinstance(value, np.ndarray))


def learn(
    name: str, settings: LifeSettings, fit: Tensor, shown: Tensor, report: Callable[[float], None] | None = None
) -> Life:
    """Let the method `name` learn on samples (N, 2), `fit`, and measure it on others, `shown`.

    Adam lowers the mean squared error of what the decoder makes of the quantized latents, plus the quantizer's own losses,
    over batches of 256 samples. Equal input gives equal lives on one machine. `report` is told the share that is done.
    Raises KeyError for an unknown method, ValueError for samples of another shape or none at all.
    """
    for samples in (fit, shown):
        if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples):
            raise ValueError(f"samples must have shape (N, 2), got {tuple(samples.shape)}")
    method, shown = METHODS[name], shown[:MEASURED]
    quantizers = [
        method.build(
            first_codes(settings.start, fit, settings.codes, stream(seed, "codes")),
            settings.commitment_weight,
            seed,
        )
        for seed in settings.seeds
    ]
    batches = [stream(seed, "batches") for seed in settings.seeds]
    shift = FAR if settings.start == "latents" else 0.0
    pairs = Pairs(settings.seeds, method.channels(settings.codes), shift=shift, frozen_encoder=settings.frozen_encoder)
    parameters = chain(pairs.parameters(), *(quantizer.parameters() for quantizer in quantizers))
    learned = [weight for weight in parameters if weight.requires_grad]
    optimizer = torch.optim.Adam(learned, lr=settings.learning_rate, fused=True)
    frames = []
    for step in range(STEPS + 1):
        if step % EVERY == 0:
            frames.append(_frame(pairs, quantizers, shown))
            if report is not None:
                report(step / STEPS)
        if step < STEPS:
            batch = torch.stack([fit[torch.randint(len(fit), (_BATCH,), generator=rng)].T for rng in batches])
            with torch.enable_grad():
                loss = _loss(pairs, quantizers, batch)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
            optimizer.step()
    return _record(method, settings, shown, frames)


def least_error(settings: LifeSettings, fit: Tensor, shown: Tensor) -> float:
    """What k-means with as many codes leaves of `shown`, fitted on `fit`: the same share as `Life.error`."""
    book = kmeans(fit, settings.codes, _KMEANS_ITERATIONS, Generator().manual_seed(settings.seed))
    shown = shown[:MEASURED]
    return float((book[nearest(shown, book)] - shown).square().mean() / shown.square().mean())


def _outputs(
    quantizers: list[Quantizer], latents: Tensor, *, training: bool
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Quantized (D, N), indices (N,) and loss of every seed, from latents (S, D, N)."""
    for quantizer, z in zip(quantizers, latents, strict=True):
        output = quantizer.train(training)(z[None, :, None])
        yield output.quantized[0, :, 0], output.indices.flatten(), output.aux_loss


def _loss(pairs: Pairs, quantizers: list[Quantizer], batch: Tensor) -> Tensor:
    """Summed over the seeds, which have no number in common: each learns as if it were alone."""
    quantized, _, losses = zip(*_outputs(quantizers, pairs.encode(batch), training=True), strict=True)
    error = (pairs.decode(torch.stack(quantized)) - batch).square().mean(dim=(1, 2))
    return error.sum() + torch.stack(losses).sum()


@dataclass(frozen=True, eq=False)
class _Frame:
    """All seeds at one step, as in `Life`."""

    usage: list[float]
    perplexity: list[float]
    error: np.ndarray
    latents: np.ndarray
    indices: np.ndarray
    marks: np.ndarray
    decoded: np.ndarray
    used: np.ndarray


@torch.no_grad()
def _frame(pairs: Pairs, quantizers: list[Quantizer], shown: Tensor) -> _Frame:
    target = shown.T.expand(len(quantizers), -1, -1)
    latents = pairs.encode(target)
    quantized, indices, _ = zip(*_outputs(quantizers, latents, training=False), strict=True)
    codes = torch.stack([_codes(quantizer) for quantizer in quantizers])  # (S, D, K)
    counts = [np.bincount(rows.numpy(), minlength=codes.shape[2]) for rows in indices]
    rounded = torch.stack([q.bounded(z[None, :, None])[0, :, 0] for q, z in zip(quantizers, latents, strict=True)])
    error = (pairs.decode(torch.stack(quantized)) - target).square().mean(dim=(1, 2)) / shown.square().mean()
    return _Frame(
        [float((count > 0).mean()) for count in counts],
        [2 ** entropy_of_counts(count) for count in counts],
        error.numpy(),
        _points(pairs.to_plane @ rounded[:, :, :DRAWN]),
        torch.stack(indices)[:, :DRAWN].numpy(),
        _points(pairs.to_plane @ codes),
        _points(pairs.decode(codes)),
        np.stack(counts) > 0,
    )


def _codes(quantizer: Quantizer) -> Tensor:
    """All codes: (D, K)."""
    return quantizer.codes_of(torch.arange(quantizer.codebook_size).view(1, 1, -1))[0, :, 0]


def _points(planes: Tensor) -> np.ndarray:
    """(S, 2, N) -> (S, N, 2)."""
    return np.ascontiguousarray(planes.transpose(1, 2).numpy())


def _record(method: Method, settings: LifeSettings, shown: Tensor, frames: list[_Frame]) -> Life:
    def over_seeds(name: str, kind: type = np.float32) -> np.ndarray:
        return np.stack([np.asarray(getattr(frame, name)) for frame in frames], axis=1).astype(kind)

    return Life(
        method.name,
        settings.codes,
        np.arange(len(frames)) * EVERY,
        over_seeds("usage"),
        over_seeds("perplexity"),
        over_seeds("error"),
        len(shown),
        shown[:DRAWN].numpy(),
        over_seeds("latents"),
        over_seeds("indices", np.int64),
        over_seeds("marks"),
        over_seeds("decoded"),
        over_seeds("used", np.bool_),
    )
