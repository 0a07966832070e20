"""One network, any quantizer: a stack fitted to the latents of a network that was trained without one.

The network stays as it is. Its latents are brought to mean 0 and deviation 1 per channel by constants, go through the
stack, and back. Fitting takes less than a second (a codebook more); what it finds is rounded, so that computers agree.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from rfsq.machine.atomic import write_atomically
from rfsq.machine.devices import cpu_threads
from rfsq.model.calibration import Calibration, load_calibration
from rfsq.model.checkpoint import (
    Checkpoint,
    CheckpointError,
    CheckpointInfo,
    load_checkpoint,
    pack_checkpoint,
    save_checkpoint,
    zoo_checkpoint,
)
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.stack import StackSpec
from rfsq.model.zoo import zoo_config
from rfsq.quantizers import Residual
from rfsq.quantizers.fit import fit

FIT_VERSION = 3  # of the way of fitting: what was kept of another one is not used
_FITS_LIMIT = 64 * 2**20  # bytes of a file of fits
Progress = Callable[[float], None]


def fit_stack_to(network: str, spec: StackSpec, progress: Progress | None = None) -> Checkpoint:
    """The stack around a network of the zoo, fitted to its calibration. `progress` is called with the share done.

    Many fits come with the networks (`save_fits`); stacks with codebooks are kept in a cache on disk (`$RFSQ_CACHE`, by
    default ~/.cache/rfsq). Raises ValueError for a network or levels that do not fit, CheckpointError for missing or
    damaged files.
    """
    config = spec.config(zoo_config(network))
    weights = zoo_checkpoint(network)
    base = _network(weights, weights.stat().st_mtime_ns if weights.is_file() else 0)
    if (known := _shipped_fits(weights, base.info.weights_sha256).get(config.name)) is not None:
        return _known(base, config, known)
    if not spec.codes:
        return _fitted(base, config, load_calibration(weights, base.info.weights_sha256, config.dim), progress)
    key = f"{FIT_VERSION} {config.name} {base.info.weights_sha256}"
    kept = cache_folder() / f"{config.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.safetensors"
    try:
        return load_checkpoint(kept)
    except CheckpointError:  # not there yet, or damaged
        pass
    checkpoint = _fitted(base, config, load_calibration(weights, base.info.weights_sha256, config.dim), progress)
    try:
        save_checkpoint(checkpoint.model, kept, training=checkpoint.info.training)
    except OSError:  # a read-only home: it is fitted again next time
        pass
    return checkpoint


def fit_stack_beside(weights: Path, spec: StackSpec) -> Checkpoint:
    """The stack around a network at a path, which need not be of the zoo, fitted to the calibration beside it.

    Nothing is kept. Raises as `fit_stack_to`.
    """
    base = load_checkpoint(weights)
    config = spec.config(base.info.config)
    return _fitted(base, config, load_calibration(weights, base.info.weights_sha256, base.info.config.dim), None)


@lru_cache(maxsize=8)
def _network(weights: Path, modified_ns: int) -> Checkpoint:
    return load_checkpoint(weights)


def cache_folder() -> Path:
    """Where fitted codebooks are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("RFSQ_CACHE") or Path(home) / "rfsq")


def _fitted(base: Checkpoint, config: ModelConfig, calibration: Calibration, progress: Progress | None) -> Checkpoint:
    model = _around(base, config)
    assert model.quantizer is not None and model.latent_mean is not None and model.latent_std is not None
    latents, std = calibration.standardized, calibration.std
    with cpu_threads(1):  # small operations: threads would wait for each other
        if config.kind == "lfq" and config.conditioning == "none":
            # The size of LFQ's codes is fixed at 1, so its one scale is part of the constants.
            gain = _best_gain(config, latents)
            latents, std = latents * gain, std / gain
        fit(model.quantizer, latents, progress)
    with torch.no_grad():
        model.latent_mean.copy_(calibration.mean.half())
        model.latent_std.copy_(std.half())
    return _ready(model, base)


def _around(base: Checkpoint, config: ModelConfig) -> QuantizedAutoencoder:
    """A fresh stack with a copy of the network."""
    model = QuantizedAutoencoder(config)
    model.encoder, model.decoder = deepcopy(base.model.encoder), deepcopy(base.model.decoder)
    return model


def _ready(model: QuantizedAutoencoder, base: Checkpoint) -> Checkpoint:
    """The model for use, as a loaded one is, with what is known of it."""
    model = model.eval().requires_grad_(False)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing from torch's annotations
    training = {"fitted_to": base.info.config.name, "fit_version": FIT_VERSION}
    content, _ = pack_checkpoint(model, training=training)
    return Checkpoint(model, CheckpointInfo(model.config, hashlib.sha256(content).hexdigest(), training))


def fits_path(weights: Path) -> Path:
    """Where the fits that come with a network are, by the path of its weights."""
    return weights.with_name(weights.name.removesuffix(".safetensors") + ".fits.safetensors")


def save_fits(network: str, specs: Iterable[StackSpec], progress: Progress | None = None) -> Path:
    """Fit these stacks and keep their few numbers beside the network's weights, so that nobody waits for them again.

    Codebooks are too large for that: raises ValueError for VQ. Returns the file.
    """
    weights = zoo_checkpoint(network)
    base = load_checkpoint(weights)
    chosen = list(specs)
    if any(spec.codes for spec in chosen):
        raise ValueError("codebooks are not kept beside a network; they are fitted, and cached, where they are used")
    calibration = load_calibration(weights, base.info.weights_sha256, base.model.config.dim)
    kept: dict[str, torch.Tensor] = {}
    for done, spec in enumerate(chosen, start=1):
        config = spec.config(zoo_config(network))
        model = _fitted(base, config, calibration, None).model
        for name, tensor in _numbers(model).items():
            kept[f"{config.name}/{name}"] = tensor
        if progress is not None:
            progress(done / len(chosen))
    facts = {"weights_sha256": base.info.weights_sha256, "fit_version": str(FIT_VERSION)}
    write_atomically(fits_path(weights), save(kept, facts))
    return fits_path(weights)


def _numbers(model: QuantizedAutoencoder) -> dict[str, torch.Tensor]:
    """What a fit found: the quantizer's numbers and the constants, in half precision, which is exact for them."""
    names = [name for name in model.state_dict() if name.startswith(("quantizer.", "latent_"))]
    found = {name: model.state_dict()[name] for name in names}
    return {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous() for name, tensor in found.items()
    }


def _known(base: Checkpoint, config: ModelConfig, numbers: dict[str, torch.Tensor]) -> Checkpoint:
    """Raises CheckpointError for numbers that are not those of the stack."""
    model = _around(base, config)
    wanted = _numbers(model)
    if {name: tensor.shape for name, tensor in numbers.items()} != {name: t.shape for name, t in wanted.items()} or any(
        not bool(tensor.isfinite().all()) for tensor in numbers.values()
    ):
        raise CheckpointError(f"The kept numbers of {config.name} are damaged; `rfsq fit` makes them again.")
    model.load_state_dict({name: tensor.to(wanted[name].dtype) for name, tensor in numbers.items()}, strict=False)
    return _ready(model, base)


def _shipped_fits(weights: Path, weights_sha256: str) -> dict[str, dict[str, torch.Tensor]]:
    """Model -> what a fit found. Empty without a file, or with one of other weights or another way of fitting."""
    path = fits_path(weights)
    if not path.is_file() or path.stat().st_size > _FITS_LIMIT:
        return {}
    return _read_fits(path, path.stat().st_mtime_ns, weights_sha256)


@lru_cache(maxsize=8)
def _read_fits(path: Path, modified_ns: int, weights_sha256: str) -> dict[str, dict[str, torch.Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata() or {}
            if facts.get("weights_sha256") != weights_sha256 or facts.get("fit_version") != str(FIT_VERSION):
                return {}
            found: dict[str, dict[str, torch.Tensor]] = {}
            for key in file.keys():  # noqa: SIM118  # not a dictionary
                model, _, name = key.partition("/")
                found.setdefault(model, {})[name] = file.get_tensor(key)
            return found
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path.name} is truncated or not a safetensors file.") from error


def _best_gain(config: ModelConfig, latents: torch.Tensor) -> float:
    stack = Residual(config.build_base, config.num_stages, "gain")
    fit(stack, latents)
    return stack.parts[0].conditioning.factor
