"""What no quantizer can beat: the rate–distortion function of a Gaussian source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

_HALVINGS = 60


def gaussian_distortion(covariance: Tensor, bits: Sequence[float]) -> list[float]:
    """The least mean squared error per channel at which a Gaussian source can be coded in `bits` per sample.

    covariance: (D, D). Reverse water-filling over its eigenvalues λ: D(θ) = mean min(θ, λ), R(θ) = Σ max(0, ½ log2 λ/θ)
    (Cover and Thomas, Elements of Information Theory, theorem 10.3.3). Only codes over very many samples at once reach
    it, so a quantizer of single samples stays above. Raises ValueError for negative bits or a matrix without inverse.
    """
    if covariance.ndim != 2 or float(torch.linalg.eigvalsh(covariance).min()) <= 0:
        raise ValueError("the covariance must be a positive definite matrix")
    if any(rate < 0 for rate in bits):
        raise ValueError(f"bits must not be negative, got {min(bits)}")
    eigenvalues = np.linalg.eigvalsh(covariance.double().numpy())
    wanted = np.asarray(bits, dtype=np.float64)
    # The water level θ by bisection in its logarithm: the rate falls as the water rises.
    low, high = np.log2(eigenvalues.min()) - 2 * wanted - 1, np.full_like(wanted, np.log2(eigenvalues.max()))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rate = (0.5 * (np.log2(eigenvalues) - middle[:, None])).clip(min=0).sum(axis=1)
        low, high = np.where(rate > wanted, middle, low), np.where(rate > wanted, high, middle)
    return np.minimum(2.0 ** high[:, None], eigenvalues).mean(axis=1).tolist()
