"""Where samples of two channels come from: distributions with a lesson each, or the latents of a photo."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Generator, Tensor

from rfsq.model.model import QuantizedAutoencoder

SourceName = Literal["gaussian", "correlated", "uniform", "ring", "mixture", "heavy-tailed"]
SOURCES: tuple[SourceName, ...] = get_args(SourceName)
CORRELATION = 0.9
_TAIL = 3  # degrees of freedom of Student's t: the fewest whole number that still has a variance
_RING_WIDTH = 0.08  # standard deviation of the radius, as a share of it
_CLUSTER_SPREAD = 0.25  # standard deviation of a cluster of the mixture


def draw(name: SourceName, count: int, seed: int) -> Tensor:
    """`count` samples of a distribution with mean 0 and variance 1 in each channel: (count, 2) float32.

    The same seed gives the same samples. Raises ValueError for an unknown name or less than one sample.
    """
    if name not in _DRAW:
        raise ValueError(f"there is no source {name!r}; choose one of {', '.join(SOURCES)}")
    if count < 1:
        raise ValueError(f"a source gives at least 1 sample, not {count}")
    return _DRAW[name](count, Generator().manual_seed(seed))


def covariance_of(name: str) -> Tensor | None:
    """The covariance (2, 2) of a Gaussian source, for its rate–distortion function; None for all other sources."""
    if name == "gaussian":
        return torch.eye(2)
    if name == "correlated":
        return torch.tensor([[1.0, CORRELATION], [CORRELATION, 1.0]])
    return None


def latent_samples(model: QuantizedAutoencoder, images: Tensor, channels: tuple[int, int]) -> Tensor:
    """Two channels of the latents of images (B, 3, H, W), one sample for each token: (N, 2) float32, as they are.

    Raises ValueError unless the model has both channels and they differ.
    """
    if channels[0] == channels[1] or not all(0 <= channel < model.config.dim for channel in channels):
        raise ValueError(
            f"{model.config.name} has channels 0 … {model.config.dim - 1}; two different ones are needed, "
            f"got {channels}"
        )
    with torch.no_grad():
        latents = model.encode(images)
    return latents[:, list(channels)].permute(0, 2, 3, 1).reshape(-1, 2).cpu()


def _gaussian(count: int, rng: Generator) -> Tensor:
    return torch.randn(count, 2, generator=rng)


def _correlated(count: int, rng: Generator) -> Tensor:
    z = _gaussian(count, rng)
    return torch.stack([z[:, 0], CORRELATION * z[:, 0] + math.sqrt(1 - CORRELATION**2) * z[:, 1]], dim=1)


def _uniform(count: int, rng: Generator) -> Tensor:
    return (torch.rand(count, 2, generator=rng) * 2 - 1) * math.sqrt(3)


def _ring(count: int, rng: Generator) -> Tensor:
    angle = torch.rand(count, generator=rng) * 2 * math.pi
    radius = 1 + _RING_WIDTH * torch.randn(count, generator=rng)
    ring = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    return ring * math.sqrt(2 / (1 + _RING_WIDTH**2))


def _mixture(count: int, rng: Generator) -> Tensor:
    """Five round clusters on a pentagon, not in line with the axes."""
    which = torch.randint(5, (count,), generator=rng)
    angle = 2 * math.pi * which / 5 + 0.3
    spread = math.sqrt(2 * (1 - _CLUSTER_SPREAD**2))  # of the centres, so that each channel has variance 1
    centres = spread * torch.stack([angle.cos(), angle.sin()], dim=1)
    return centres + _CLUSTER_SPREAD * _gaussian(count, rng)


def _heavy_tailed(count: int, rng: Generator) -> Tensor:
    """Student's t in each channel: most samples near 0, a few far out."""
    chi_square = torch.randn(count, 2, _TAIL, generator=rng).square().sum(dim=2)
    return _gaussian(count, rng) / (chi_square / _TAIL).sqrt() * math.sqrt((_TAIL - 2) / _TAIL)


_DRAW: dict[str, Callable[[int, Generator], Tensor]] = {
    "gaussian": _gaussian,
    "correlated": _correlated,
    "uniform": _uniform,
    "ring": _ring,
    "mixture": _mixture,
    "heavy-tailed": _heavy_tailed,
}
