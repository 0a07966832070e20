"""What the Lab has computed: samples, fits and runs, shared by all viewers and bounded by bytes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from rfsq.app.lab.sampled import PHOTO, SampledSettings
from rfsq.app.lab.settings import SAMPLES, LabSettings
from rfsq.app.shared.loaded_models import checkpoint_of
from rfsq.app.shared.store import store
from rfsq.app.shared.working_photo import ChosenPhoto, WorkingPhoto, working_photo
from rfsq.machine.devices import cpu_threads
from rfsq.model.checkpoint import available_models
from rfsq.model.zoo import ZOO
from rfsq.quantizers import CONDITIONINGS, ConditioningName, Residual
from rfsq.teaching.lab import (
    SOURCES,
    LabRun,
    Stack,
    covariance_of,
    draw,
    factors_of,
    fit_stack,
    gaussian_distortion,
    latent_samples,
    reading,
    run_stack,
)

_PREFERRED = ("continuous-5", "rfsq-4x1024-none")  # whose latents are shown: an encoder that no rounding has shaped
_LATENT_SIZE = "512"  # longer side of the photo whose latents are shown: enough tokens for both halves
_BOUND_POINTS = 97
THREADS = 1  # the operations here are so small that sharing them costs more than it saves, most of all on busy cores


@dataclass(frozen=True, eq=False)
class PhotoLatents:
    """The photo behind the source "photo"."""

    photo: WorkingPhoto
    model: str


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples of one source: one half to fit on, one to show."""

    key: tuple[object, ...]
    fit: Tensor  # (N, 2)
    shown: Tensor  # (N, 2)
    scaled_by: float  # what latents were multiplied by, 1 for distributions


@dataclass(frozen=True, eq=False)
class Strategy:
    """One line of the charts."""

    name: str  # a conditioning, or "rvq"
    run: LabRun
    factors: tuple[float, ...]


def latents_model() -> str | None:
    """The model whose latents the source "photo" shows; None when there is none on this machine."""
    available = available_models()
    return next((name for name in (*_PREFERRED, *available) if name in available), None)


def photo_latents(photo: ChosenPhoto | None) -> PhotoLatents | None:
    """What is behind the source "photo": None without a photo, and where there is no model that makes latents."""
    model = latents_model()
    if photo is None or model is None:
        return None
    return PhotoLatents(working_photo(photo, _LATENT_SIZE), model)


def samples_of(source: str, settings: SampledSettings, photo: PhotoLatents | None) -> Samples:
    """Samples to fit on and to show. Raises CheckpointError, or ValueError for channels that the model lacks."""
    if source == PHOTO and photo is not None:
        key: tuple[object, ...] = (PHOTO, photo.photo.key, photo.model, settings.channels, settings.seed)
        return store().get(("lab samples", key), partial(_photo_samples, key, photo, settings), _sample_bytes)
    name = next(item for item in SOURCES if item == source)
    key = (source, settings.seed)

    def compute() -> Samples:
        return Samples(key, draw(name, SAMPLES, 2 * settings.seed), draw(name, SAMPLES, 2 * settings.seed + 1), 1.0)

    return store().get(("lab samples", key), compute, _sample_bytes)


def _photo_samples(key: tuple[object, ...], photo: PhotoLatents, settings: SampledSettings) -> Samples:
    model = checkpoint_of(photo.model, torch.device("cpu")).model
    with torch.inference_mode():
        found = latent_samples(model, photo.photo.image, settings.channels).clone()
    order = torch.randperm(len(found), generator=torch.Generator().manual_seed(settings.seed))
    half = max(1, min(SAMPLES, len(found) // 2))
    fit, shown = found[order[:half]], found[order[-half:]]
    gain = 1 / max(float(fit.square().mean().sqrt()), 1e-6)  # one number for both channels: shape and centre stay
    return Samples(key, fit * gain, shown * gain, gain)


def channels_of(name: str) -> int:
    return ZOO[name].dim


def latent_channels() -> int:
    """How many channels the latents of the source "photo" have; 0 without a trained model on this machine."""
    model = latents_model()
    return 0 if model is None else channels_of(model)


def strategy_of(name: str, settings: LabSettings, fit: Samples, shown: Samples) -> Strategy:
    """A stack fitted on one source and run on another (or the same). `settings.factors` belong to the chosen one alone."""
    return _run(name, *_stack_of(name, settings, fit), fit, shown)


def rvq_of(settings: LabSettings, fit: Samples, shown: Samples) -> Strategy:
    """Residual VQ with as many codes as FSQ has cells."""
    return _run("rvq", Stack("vq", "none", settings.levels, settings.stages), (), fit, shown)


def chosen_stack(settings: LabSettings, fit: Samples) -> tuple[Hashable, Residual]:
    """The stack that the settings choose, fitted, and what names it."""
    with cpu_threads(THREADS):
        stack: Stack = settings.stack()
        factors: tuple[float, ...] = ()
        if settings.base != "vq":
            stack, factors = _stack_of(settings.conditioning, settings, fit)
        return (stack, factors, fit.key), _fitted(stack, factors, fit)


def _stack_of(name: str, settings: LabSettings, fit: Samples) -> tuple[Stack, tuple[float, ...]]:
    """A strategy's stack and its factors, none for the best of the grid."""
    stack = settings.stack(name)
    factors = settings.factors if name == settings.conditioning and stack.has_factors else ()
    if name == "layernorm-global" and not factors:
        # On the samples that make its statistics it is layernorm: one search.
        factors = factors_of(_fitted(settings.stack("layernorm"), (), fit))
    return stack, factors


def _run(name: str, stack: Stack, factors: tuple[float, ...], fit: Samples, shown: Samples) -> Strategy:
    quantizer = _fitted(stack, factors, fit)

    def compute() -> Strategy:
        return Strategy(name, run_stack(quantizer, shown.shown), factors_of(quantizer))

    key = ("lab run", stack, factors, fit.key, shown.key)
    return store().get(key, compute, lambda strategy: _run_bytes(strategy.run))


def _fitted(stack: Stack, factors: tuple[float, ...], fit: Samples) -> Residual:
    return store().get(
        ("lab fit", stack, factors, fit.key), lambda: fit_stack(stack, fit.fit, factors), lambda _: 20_000
    )


def chosen_of(settings: LabSettings, fit: Samples, shown: Samples) -> Strategy:
    """The line that the settings choose: what the plane shows."""
    with cpu_threads(THREADS):
        if settings.base == "vq":
            return rvq_of(settings, fit, shown)
        return strategy_of(settings.conditioning, settings, fit, shown)


def strategies(settings: LabSettings, fit: Samples, shown: Samples) -> dict[str, Strategy]:
    """All lines of the charts by name, the chosen one among them, all at the same bits."""
    chosen = chosen_of(settings, fit, shown)
    with cpu_threads(THREADS):
        if settings.base != "vq":
            return {name: strategy_of(name, settings, fit, shown) for name in CONDITIONINGS}
        # Against all that FSQ does with as many cells.
        fsq = replace(settings, base="fsq", factors=())
        return {"rvq": chosen, **{name: strategy_of(name, fsq, fit, shown) for name in CONDITIONINGS}}


def reading_of(step: str, settings: LabSettings, fit: Mapping[str, Samples], shown: Samples) -> str:
    """What a step of the lesson shows, of these samples. fit: what HERE and ELSEWHERE in its sentences are fitted on."""

    def run_of(name: ConditioningName, where: str) -> LabRun:
        return strategy_of(name, replace(settings, factors=()), fit[where], shown).run

    with cpu_threads(THREADS):
        return reading(step, run_of)


def bound_of(source: str, most: float) -> tuple[list[float], list[float]] | None:
    """Bits and least distortion of a Gaussian source up to `most` bits; None for all others."""
    covariance = covariance_of(source)
    if covariance is None:
        return None
    bits = np.linspace(0, most, _BOUND_POINTS).tolist()
    return store().get(
        ("lab bound", source, most), lambda: (bits, gaussian_distortion(covariance, bits)), lambda _: 4_000
    )


def _sample_bytes(samples: Samples) -> int:
    return 8 * (samples.fit.numel() + samples.shown.numel())


def _run_bytes(run: LabRun) -> int:
    stages = sum(stage.residual.nbytes + stage.sent.nbytes + stage.indices.nbytes for stage in run.stages)
    return stages + run.samples.nbytes + run.coded.nbytes
