"""What no quantizer can beat: the rate–distortion function of a Gaussian source."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_HALVINGS = 200


def gaussian_distortion(covariance: Tensor, bits: Sequence[float]) -> list[float]:
    """The least mean squared error per channel at which a Gaussian source can be coded in `bits` per sample.

    covariance: (D, D). Reverse water-filling over its eigenvalues λ: D(θ) = mean min(θ, λ), R(θ) = Σ max(0, ½ log2 λ/θ)
    (Cover and Thomas, Elements of Information Theory, theorem 10.3.3). Only codes over very many samples at once reach
    it, so a quantizer of single samples stays above. Raises ValueError for negative bits or a matrix without inverse.
    """
    eigenvalues = torch.linalg.eigvalsh(covariance.double())
    if covariance.ndim != 2 or float(eigenvalues.min()) <= 0:
        raise ValueError("the covariance must be a positive definite matrix")
    if any(rate < 0 for rate in bits):
        raise ValueError(f"bits must not be negative, got {min(bits)}")
    return [_distortion(eigenvalues, rate) for rate in bits]


def _distortion(eigenvalues: Tensor, bits: float) -> float:
    """The water level θ by bisection in its logarithm: the rate falls as the water rises."""
    low, high = eigenvalues.min().log2() - 2 * bits - 1, eigenvalues.max().log2()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rate = float((0.5 * (eigenvalues.log2() - middle)).clamp(min=0).sum())
        low, high = (middle, high) if rate > bits else (low, middle)
    return float(torch.minimum(2**high, eigenvalues).mean())
