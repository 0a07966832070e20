"""A network of the zoo with a quantizer from outside in it, fitted to the network's calibration."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from rfsq.model.calibration import load_calibration
from rfsq.model.checkpoint import load_checkpoint, zoo_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import zoo_config
from rfsq.quantizers.foreign import Foreign, Reference
from rfsq.quantizers.foreign.fit import STEPS, FitFacts, fit_foreign


@dataclass(frozen=True)
class ForeignModel:
    """A model, and how its quantizer came to fit. It lives in this process: no file can bring its code back."""

    model: QuantizedAutoencoder
    facts: FitFacts


def fit_foreign_to(
    network: str, reference: Reference, steps: int = STEPS, progress: Callable[[float], None] | None = None
) -> ForeignModel:
    """The named quantizer around a network that was trained without one.

    The network's latents are brought to mean 0 and deviation 1 per channel, as for every stack of ours, and the quantizer
    is trained on the same calibration for `steps` steps (`rfsq.quantizers.foreign.fit`). Raises ForeignError for what
    fails in it, ValueError for a network that quantizes, CheckpointError for missing or damaged files.
    """
    config = zoo_config(network)
    if config.quantized:
        raise ValueError(f"a quantizer is fitted to a network without one, and {network} has one")
    weights = zoo_checkpoint(network)
    base = load_checkpoint(weights)
    calibration = load_calibration(weights, base.info.weights_sha256, config.dim)
    foreign = Foreign(reference.make(config.dim), config.dim)
    facts = fit_foreign(foreign, calibration.standardized, steps, progress)
    model = deepcopy(base.model)
    model.quantizer = foreign.requires_grad_(False)
    model.latent_mean, model.latent_std = calibration.mean, calibration.std
    return ForeignModel(model.eval(), facts)
