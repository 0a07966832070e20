"""One network, any quantizer: a stack fitted to the latents of a network that was trained without one.

The network stays as it is. Its latents are brought to mean 0 and deviation 1 per channel by constants, go through the
stack, and back. Fitting takes about a second (a codebook more) and is the same on every computer.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import torch

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

FIT_VERSION = 1  # of the way of fitting: what a cache holds of another one is not used
Progress = Callable[[float], None]


def fit_stack_to(network: str, spec: StackSpec, progress: Progress | None = None) -> Checkpoint:
    """The stack around a network of the zoo, fitted to its calibration. `progress` is called with the share done.

    Stacks with codebooks are kept in a cache on disk (`$RFSQ_CACHE`, by default ~/.cache/rfsq). Raises ValueError for a
    network or levels that do not fit, CheckpointError for missing or damaged files.
    """
    config = spec.config(zoo_config(network))
    weights = zoo_checkpoint(network)
    base = load_checkpoint(weights)
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


def cache_folder() -> Path:
    """Where fitted codebooks are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("RFSQ_CACHE") or Path(home) / "rfsq")


def _fitted(base: Checkpoint, config: ModelConfig, calibration: Calibration, progress: Progress | None) -> Checkpoint:
    model = QuantizedAutoencoder(config)
    model.encoder, model.decoder = base.model.encoder, base.model.decoder
    assert model.quantizer is not None and model.latent_mean is not None and model.latent_std is not None
    latents, std = calibration.standardized, calibration.std
    if config.kind == "lfq" and config.conditioning == "none":
        # The size of LFQ's codes is fixed at 1, so its one scale is part of the constants.
        gain = _best_gain(config, latents)
        latents, std = latents * gain, std / gain
    fit(model.quantizer, latents, progress)
    with torch.no_grad():
        model.latent_mean.copy_(calibration.mean.half())
        model.latent_std.copy_(std.half())
    model = model.eval().requires_grad_(False)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing from torch's annotations
    training = {"fitted_to": base.info.config.name, "images": len(latents), "fit_version": FIT_VERSION}
    content, _ = pack_checkpoint(model, training=training)
    return Checkpoint(model, CheckpointInfo(config, hashlib.sha256(content).hexdigest(), training))


def _best_gain(config: ModelConfig, latents: torch.Tensor) -> float:
    stack = Residual(config.build_base, config.num_stages, "gain")
    fit(stack, latents)
    return stack.parts[0].conditioning.factor
