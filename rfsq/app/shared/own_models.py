"""Models that a viewer trained or opened in this session, beside those of the zoo. They are named `my-BASE-run-N`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

import streamlit as st
import torch

from rfsq.app.shared.own_quantizers import known_fit, own_network_config, parse_own_name
from rfsq.model.checkpoint import Checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.stack import parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.training.live import base_of

MAX_OWN = 6  # models of a session; the oldest goes
_STATE = "own_models"
_NAME = re.compile(r"my-[a-z0-9-]{1,60}-run-[0-9]{1,4}")


def own_names() -> tuple[str, ...]:
    return tuple(st.session_state.get(_STATE, {}))


def own_checkpoint(name: str) -> Checkpoint | None:
    if not name.startswith("my-"):  # asked for every model on a page, many times
        return None
    found: Checkpoint | None = st.session_state.get(_STATE, {}).get(name)
    return found


def config_of(name: str) -> ModelConfig:
    """The config of a model of the zoo, of a stack around one of its networks, or of this session; of an own quantizer that
    of its network, which says nothing of stages (`stage_count` does). Raises KeyError."""
    if name in ZOO:
        return ZOO[name]
    if (stack := parse_stack_name(name)) is not None:
        network, spec = stack
        return spec.config(ZOO[network])
    if (config := own_network_config(name)) is not None:
        return config
    checkpoint = own_checkpoint(name)
    if checkpoint is None:
        raise KeyError(name)
    return checkpoint.info.config


def stage_count(name: str) -> int:
    """S of any model; 1 of an own quantizer that is not fitted yet, or whose stages nobody can tell apart. Raises KeyError."""
    fitted = known_fit(name)
    if fitted is None:
        return config_of(name).num_stages
    return 1 if fitted.why_no_stages else len(fitted.codebook_sizes)


def any_own(names: Iterable[str]) -> bool:
    """Whether one of them is of this session alone."""
    return any(name not in ZOO and parse_stack_name(name) is None and parse_own_name(name) is None for name in names)


def own_name(base: str, number: int) -> str:
    """What a model of this session is called."""
    return f"my-{base}-run-{number}"


def add_own(checkpoint: Checkpoint, *, newer: bool = False) -> str:
    """Keep a model in this session; returns the name that it has there. The same weights are kept once.

    newer: it takes the place of the model of its name, as a run that went on does; otherwise it gets a free name.
    """
    kept: dict[str, Checkpoint] = dict(st.session_state.get(_STATE, {}))
    config, digest = checkpoint.info.config, checkpoint.info.weights_sha256
    for name, known in kept.items():
        if known.info.weights_sha256 == digest and replace(known.info.config, name=config.name) == config:
            return name
    name = config.name
    if not _NAME.fullmatch(name) or (name in kept and not newer):
        base = base_of(config) or config.kind
        name = next(own_name(base, n) for n in range(1, 10_000) if own_name(base, n) not in kept)
    named = replace(config, name=name)
    checkpoint.model.config = named
    kept[name] = Checkpoint(checkpoint.model, replace(checkpoint.info, config=named))
    while len(kept) > MAX_OWN:
        del kept[next(iter(kept))]
    st.session_state[_STATE] = kept
    return name


def on_device(checkpoint: Checkpoint, device: torch.device) -> Checkpoint:
    """The model where the page computes. A session's models are its own, so they are moved and not copied."""
    checkpoint.model.to(device)
    return checkpoint


def zoo_counterpart(config: ModelConfig, available: Collection[str]) -> tuple[str, ...]:
    """What to show beside a viewer's own model: the zoo's with the same quantizer, or else one that spends equal bits."""
    same = base_of(config)
    if same in available:
        return (same,) if same else ()
    equal = [
        name
        for name in ("rfsq-4x1024-scale", "fsq-8x8x8x8", "rfsq-2x2048-scale")
        if name in available and nominal_bits(ZOO[name]) == nominal_bits(config)
    ]
    return tuple(equal[:1])


def nominal_bits(config: ModelConfig) -> float | None:
    """Nominal bits of one token over all stages; None for an unquantized model."""
    quantizer = config.build_quantizer()
    return None if quantizer is None else quantizer.bits_per_token
