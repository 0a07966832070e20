"""Quantizers from outside that this process was started with (`rfsq app --quantizer FILE.py:NAME`), as models by name.

Only the command that starts the app names code (`name_quantizers`). A link, a file or a viewer can name one of these, and
nothing else. Around a network they are called NETWORK.ownN-KEY, N the number on the command line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import torch

from rfsq.app.shared.own_desk import OwnDesk
from rfsq.machine.worker import Report
from rfsq.model.calibration import Calibration, load_calibration
from rfsq.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint, zoo_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.zoo import ZOO
from rfsq.quantizers.foreign import Reference
from rfsq.quantizers.foreign.fit import STEPS
from rfsq.quantizers.foreign.remote import Remote
from rfsq.quantizers.foreign.service import Answered, Fitted

TIME_LIMIT: Final = 600  # seconds for a question, where the command says nothing else
_KEY_CHARS: Final = 32
_NAME: Final = re.compile(r"(?P<network>[a-z0-9-]+)\.own(?P<number>\d+)-(?P<key>\w[\w-]*)")


@dataclass(frozen=True, eq=False)
class OwnQuantizer:
    """One of them."""

    number: int  # from 1
    key: str  # what links and pages call it
    desk: OwnDesk

    @property
    def reference(self) -> Reference:
        return self.desk.reference

    def name_on(self, network: str) -> str:
        """The name of the model that is this quantizer around a network of the zoo."""
        return f"{network}.own{self.number}-{self.key}"


_named: tuple[OwnQuantizer, ...] = ()


def name_quantizers(references: Sequence[Reference], *, seconds: float = TIME_LIMIT, steps: int = STEPS) -> None:
    """What the pages of this process show. No code runs before somebody looks at it."""
    global _named  # of the process, as its command line is
    for quantizer in _named:
        quantizer.desk.close()
    keys = _keys(references)
    desks = [OwnDesk(reference, seconds, steps) for reference in references]
    _named = tuple(OwnQuantizer(n, *item) for n, item in enumerate(zip(keys, desks, strict=True), start=1))
    _checkpoint.cache_clear()


def own_quantizers() -> tuple[OwnQuantizer, ...]:
    """All of them, in the order of the command line."""
    return _named


def own_keys() -> tuple[str, ...]:
    """What links and controls call them."""
    return tuple(quantizer.key for quantizer in _named)


def own_by_key(key: str) -> OwnQuantizer:
    """Raises KeyError."""
    for quantizer in _named:
        if quantizer.key == key:
            return quantizer
    raise KeyError(key)


def parse_own_name(name: str) -> tuple[str, OwnQuantizer] | None:
    """Network and quantizer of a model's name; None for any other name, or where the process has no such quantizer."""
    match = _NAME.fullmatch(name)
    if match is None or match["network"] not in ZOO:
        return None
    found = next((one for one in _named if one.name_on(match["network"]) == name), None)
    return None if found is None else (match["network"], found)


def own_network_config(name: str) -> ModelConfig | None:
    """The config of the network around which a model of that name stands: it says nothing of the quantizer. None for any
    other name."""
    found = parse_own_name(name)
    return None if found is None else replace(ZOO[found[0]], name=name)


def known_fit(name: str) -> Fitted | None:
    """What is known of a model's quantizer, once it is fitted to the network; None before, and for any other name."""
    found = parse_own_name(name)
    return None if found is None else found[1].desk.known_fit(found[0])


def fit_words(fitted: Fitted) -> str:
    """ "nothing to train; one gain before it, the best of 25: 1.41 (0.2 s); bits counted from codebook_size"."""
    package = "" if fitted.package is None else f", from {fitted.package}"
    return f"{fitted.facts.words} ({fitted.facts.seconds:.1f} s); bits counted from {fitted.sizes_from}{package}"


def fit_to_network(name: str, report: Report) -> Fitted:
    """Fit it to its network's calibration, if that is not done yet. Takes a while. Raises CheckpointError, WorkerError."""
    network, quantizer = _parsed(name)

    def latents() -> np.ndarray:
        return _calibration(network).standardized.numpy()

    return quantizer.desk.fit(network, latents, report)


def own_quantizer_checkpoint(name: str, device: torch.device) -> Checkpoint:
    """The model, whose quantizer asks the worker. Raises CheckpointError where it is not fitted yet."""
    network, quantizer = _parsed(name)
    fitted = quantizer.desk.known_fit(network)
    if fitted is None:
        raise CheckpointError(f"{quantizer.reference.place} is not fitted to {network} yet.")
    return _checkpoint(name, str(device), quantizer.desk.digest, fitted)


@lru_cache(maxsize=32)
def _checkpoint(name: str, device: str, digest: str, fitted: Fitted) -> Checkpoint:
    network, quantizer = _parsed(name)
    base, calibration = _network(network), _calibration(network)
    desk = quantizer.desk

    def ask(latents: np.ndarray) -> Answered:
        try:
            return desk.quantize(fitted, latents)
        except ValueError as error:
            raise CheckpointError(str(error)) from error

    model = deepcopy(base.model)
    model.config = replace(base.info.config, name=name)
    model.quantizer = Remote(base.info.config.dim, fitted, ask)
    # Rounded as in our stacks, so that all get the very same latents.
    model.latent_mean, model.latent_std = calibration.mean.half().float(), calibration.std.half().float()
    facts = f"{base.info.weights_sha256} {digest} {desk.steps}"
    info = replace(
        base.info,
        config=model.config,
        weights_sha256=hashlib.sha256(facts.encode()).hexdigest(),
        training={},
    )
    return Checkpoint(model.to(torch.device(device)).eval(), info)


def _parsed(name: str) -> tuple[str, OwnQuantizer]:
    found = parse_own_name(name)
    if found is None:
        raise CheckpointError(f"This app was started without the quantizer of {name}.")
    return found


def _network(network: str) -> Checkpoint:
    return load_checkpoint(zoo_checkpoint(network))


def _calibration(network: str) -> Calibration:
    base = _network(network)
    return load_calibration(zoo_checkpoint(network), base.info.weights_sha256, base.info.config.dim)


def _keys(references: Sequence[Reference]) -> list[str]:
    """A short word for each: its name and options in letters, digits and hyphens, with a number where that is not unique."""
    keys: list[str] = []
    for reference in references:
        word = re.sub(r"[^A-Za-z0-9_]+", "-", reference.name).strip("-_")[:_KEY_CHARS].rstrip("-_") or "quantizer"
        key, again = word, 2
        while key in keys:
            key, again = f"{word}-{again}", again + 1
        keys.append(key)
    return keys
