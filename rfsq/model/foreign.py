"""A network of the zoo with a quantizer from outside in it, fitted to the network's calibration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from rfsq.machine.atomic import write_atomically
from rfsq.model.calibration import load_calibration
from rfsq.model.checkpoint import CheckpointError, load_checkpoint, save_checkpoint, zoo_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import zoo_config
from rfsq.quantizers.foreign import Foreign, Reference
from rfsq.quantizers.foreign.fit import STEPS, FitFacts, made_and_fitted


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
    fails in it, ValueError for a network that quantizes, CheckpointError for missing or damaged files. A network that was
    trained with that quantizer, by the path of its .safetensors, comes with it as it was trained.
    """
    if network.endswith(".safetensors"):
        return _trained(Path(network), reference)
    return fit_module_to(network, reference.make, steps, progress)


def fit_module_to(
    network: str,
    make: Callable[[int], nn.Module],
    steps: int = STEPS,
    progress: Callable[[float], None] | None = None,
) -> ForeignModel:
    """The same for a module that `make(channels)` makes. Raises as `fit_foreign_to`."""
    config = zoo_config(network)
    if config.quantized:
        raise ValueError(f"a quantizer is fitted to a network without one, and {network} has one")
    weights = zoo_checkpoint(network)
    base = load_checkpoint(weights)
    calibration = load_calibration(weights, base.info.weights_sha256, config.dim)
    foreign, facts = made_and_fitted(make, calibration.standardized, steps, progress)
    model = deepcopy(base.model)
    model.quantizer = foreign
    model.latent_mean, model.latent_std = calibration.mean, calibration.std
    return ForeignModel(model.eval(), facts)


def quantizer_path(weights: Path) -> Path:
    """Where the numbers of a quantizer from outside are, by the path of the weights of its network."""
    return weights.with_name(weights.name.removesuffix(".safetensors") + ".quantizer.safetensors")


def save_foreign_checkpoint(
    model: QuantizedAutoencoder, path: Path, reference: Reference, *, training: Mapping[str, Any]
) -> None:
    """Write a network that was trained with a quantizer from outside: the network as any checkpoint, and beside it the
    quantizer's numbers. Which quantizer it was is noted for people; nobody runs code by it."""
    foreign = model.quantizer
    assert isinstance(foreign, Foreign)
    numbers = {name: tensor.detach().clone().contiguous() for name, tensor in foreign.state_dict().items()}
    model.quantizer = None
    try:
        save_checkpoint(model, path, training={**training, "quantizer": reference.text})
    finally:
        model.quantizer = foreign
    write_atomically(quantizer_path(path), save(numbers, {"quantizer": reference.text}))


def _trained(weights: Path, reference: Reference) -> ForeignModel:
    """Raises CheckpointError for numbers that are missing, damaged, or not those of the quantizer."""
    base = load_checkpoint(weights)
    file = quantizer_path(weights)
    foreign = Foreign(reference.make(base.info.config.dim), base.info.config.dim)
    if not file.is_file():
        raise CheckpointError(f"There is no {file.name}: the network was not trained with a quantizer from outside.")
    try:
        foreign.load_state_dict(load(file.read_bytes()))
    except (SafetensorError, RuntimeError, ValueError) as error:
        named = base.info.training.get("quantizer", "another one")
        raise CheckpointError(f"{file.name} does not fit {reference.text}; it was trained with {named}.") from error
    model = deepcopy(base.model)
    model.quantizer = foreign.requires_grad_(False)
    facts = FitFacts(int(base.info.training.get("steps", 0)), 0, 1.0, 0.0, with_network=True)
    return ForeignModel(model.eval(), facts)
