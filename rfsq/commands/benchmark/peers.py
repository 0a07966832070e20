"""Our quantizers against the package vector-quantize-pytorch and the paper's released code; our training loop against a
plain one.

Both sides get the same latents, the same configuration and the same codebooks; neither projects, drops stages or starts
by k-means inside the timing. Calls take turns (ours, peer, ours, …), so that whatever else the machine does hits both.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from tqdm import tqdm

from rfsq.commands.benchmark.pairs import PEER, Pair, Result, build_pairs, build_released
from rfsq.machine.devices import synchronize
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import zoo_config
from rfsq.training.config import TrainConfig
from rfsq.training.losses import reconstruction_loss
from rfsq.training.step import StepInput, TrainingStep, use_training_layout

PAPER_MODEL = "rfsq-4x1024-layernorm"
MIN_SECONDS = 0.03  # shorter calls are timed several at a time
ROW_SECONDS = 60.0  # a row that takes longer ends early, but not before
MIN_REPEATS = 3
COPY_BYTES = 2**28
MEMORY_METHODS = {
    "cpu": "peak of the tensor bytes that one call allocates (torch.profiler)",
    "cuda": "torch.cuda.max_memory_allocated of one call, minus what was held before",
}

Mode = Literal["inference", "training"]
MODES: tuple[Mode, ...] = ("inference", "training")


@dataclass(frozen=True)
class Comparison:
    """One row: medians of interleaved repeats in milliseconds a call, memory in MB (10⁶ bytes) that a call adds."""

    name: str
    mode: Mode
    device: str
    ours_ms: float
    peer_ms: float
    speed_ratio: float  # peer / ours: above 1, ours is faster
    ours_mb: float | None
    peer_mb: float | None
    memory_ratio: float | None  # ours / peer: below 1, ours needs less
    repeats: int
    note: str = ""
    against: str = PEER


@dataclass(frozen=True)
class Times:
    """Medians of steps that took turns, in milliseconds a call."""

    ours_ms: float
    peer_ms: float
    repeats: int


@dataclass(frozen=True)
class Copy:
    """A large copy: what the memory of the machine allows, in GB (10⁹ bytes) read plus written a second."""

    device: str
    gb_per_s: float


@dataclass(frozen=True)
class Throughput:
    """Training of one model, images a second: our loop's settings and a plain float32 loop, interleaved medians."""

    model: str
    device: str
    batch_size: int
    side: int
    ours_images_per_s: float
    plain_images_per_s: float
    ratio: float
    repeats: int


def compare_all(device: torch.device, *, batch: int = 8, side: int = 64, repeats: int = 7) -> list[Comparison]:
    """All pairs, inference and training, on latents (batch, D, side, side) float32."""
    return _compare([*build_pairs(), *build_released()], device, batch, side, repeats)


def compare_fsq(device: torch.device, *, batch: int = 8, side: int = 64, repeats: int = 7) -> list[Comparison]:
    """FSQ and residual FSQ alone, whose rows take seconds. Raises ValueError when the peer package is missing."""
    pairs = [pair for pair in build_pairs() if "FSQ" in pair.name]
    return _compare([*pairs, *build_released()], device, batch, side, repeats)


def _compare(pairs: Sequence[Pair], device: torch.device, batch: int, side: int, repeats: int) -> list[Comparison]:
    rows = []
    with tqdm(total=len(MODES) * len(pairs), desc=f"peers on {device.type}", unit="row", dynamic_ncols=True) as bar:
        for pair in pairs:
            for mode in MODES:
                bar.set_postfix_str(f"{pair.name}, {mode}")
                rows.append(compare(pair, mode, device, (batch, pair.dim, side, side), repeats))
                bar.update()
    return rows


def compare(pair: Pair, mode: Mode, device: torch.device, shape: tuple[int, ...], repeats: int) -> Comparison:
    """Memory and time of one pair in one mode; the calls that memory is measured on warm up for the others."""
    for module in (pair.ours, pair.peer):
        module.to(device).train(mode == "training")
    z = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(device)
    step = _train if mode == "training" else _infer
    ours, peer = partial(step, pair.call_ours, z), partial(step, pair.call_peer, z)
    ours_mb, peer_mb = added_mb(ours, device), added_mb(peer, device)
    times = interleaved(ours, peer, device, repeats)
    return Comparison(
        pair.name,
        mode,
        device.type,
        times.ours_ms,
        times.peer_ms,
        times.peer_ms / times.ours_ms,
        ours_mb,
        peer_mb,
        ours_mb / peer_mb if ours_mb is not None and peer_mb else None,
        times.repeats,
        pair.note,
        pair.against,
    )


def _infer(call: Callable[[Tensor], Result], z: Tensor) -> None:
    with torch.inference_mode():
        call(z)


def _train(call: Callable[[Tensor], Result], z: Tensor) -> None:
    """Forward and backward, with the auxiliary loss and whatever the module updates by itself."""
    leaf = z.detach().requires_grad_()
    result = call(leaf)
    heads = [result.quantized] + [result.aux_loss] * result.aux_loss.requires_grad
    torch.autograd.backward(heads, [torch.ones_like(head) for head in heads])


def interleaved(
    ours: Callable[[], object],
    peer: Callable[[], object],
    device: torch.device,
    repeats: int,
    min_seconds: float = MIN_SECONDS,
) -> Times:
    """Time two warm steps in turns: `repeats` times, or fewer where that would take longer than `ROW_SECONDS`."""
    steps = (ours, peer)
    taken: tuple[list[float], list[float]] = ([], [])
    counts = [1, 1]
    started = time.perf_counter()
    for repeat in range(repeats):
        for side, step in enumerate(steps):
            seconds = _seconds(step, counts[side], device)
            if not repeat and seconds < min_seconds:  # now it is known how many calls make a measurable time
                counts[side] = math.ceil(min_seconds / seconds)
                seconds = _seconds(step, counts[side], device)
            taken[side].append(1e3 * seconds / counts[side])
        if repeat + 1 >= MIN_REPEATS and time.perf_counter() - started > ROW_SECONDS:
            break
    return Times(statistics.median(taken[0]), statistics.median(taken[1]), len(taken[0]))


def _seconds(step: Callable[[], object], calls: int, device: torch.device) -> float:
    synchronize(device)
    started = time.perf_counter()
    for _ in range(calls):
        step()
    synchronize(device)
    return time.perf_counter() - started


def added_mb(step: Callable[[], object], device: torch.device) -> float | None:
    """Memory that one call adds at its peak, in MB; None where it cannot be told (see `MEMORY_METHODS`)."""
    if device.type == "cuda":
        step()  # kernels and workspaces first
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        step()
        return (torch.cuda.max_memory_allocated(device) - before) / 1e6
    return _allocated_mb(step) if device.type == "cpu" else None


def _allocated_mb(step: Callable[[], object]) -> float:
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or the profiler reports its own stages on stderr
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        step()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.json"
        record.export_chrome_trace(str(file))
        events = json.loads(file.read_bytes())["traceEvents"]
    changes = sorted((event["ts"], event["args"]["Bytes"]) for event in events if event["name"] == "[memory]")
    held = peak = 0
    for _, change in changes:
        held += change
        peak = max(peak, held)
    return peak / 1e6


def copy_speed(device: torch.device, repeats: int) -> Copy:
    """Bandwidth of a copy far larger than the caches usually are."""
    source = torch.ones(COPY_BYTES // 4, device=device)
    target = source.clone()
    seconds = statistics.median(_seconds(lambda: target.copy_(source), 1, device) for _ in range(repeats))
    return Copy(device.type, 2 * COPY_BYTES / seconds / 1e9)


def compare_training(
    device: torch.device, *, batch_size: int = 32, side: int = 64, repeats: int = 7, min_seconds: float = 0.4
) -> Throughput:
    """Training steps of the paper's model on images that are in memory: as our loop takes them, and plainly in float32."""
    images = torch.rand(batch_size, 3, side, side, generator=torch.Generator().manual_seed(0)).to(device) * 2 - 1
    steps = [training_step(images, as_our_loop=as_our_loop) for as_our_loop in (True, False)]
    for step in steps:
        step()
    times = interleaved(steps[0], steps[1], device, repeats, min_seconds)
    ours, plain = (1e3 * batch_size / ms for ms in (times.ours_ms, times.peer_ms))
    return Throughput(PAPER_MODEL, device.type, batch_size, side, ours, plain, ours / plain, times.repeats)


def training_step(images: Tensor, *, as_our_loop: bool) -> Callable[[], Tensor]:
    """A function that takes one step of `rfsq.training.loop` and returns the loss: bf16 autocast and channels last, or
    float32 and contiguous."""
    recipe = TrainConfig(precision="bf16" if as_our_loop else "fp32")
    torch.manual_seed(recipe.seed)
    model = QuantizedAutoencoder(zoo_config(PAPER_MODEL)).to(images.device).train()
    layout = torch.channels_last if as_our_loop else torch.contiguous_format
    if as_our_loop:
        use_training_layout(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)
    loss_of = reconstruction_loss(recipe, images.device)

    training = TrainingStep(model, optimizer, loss_of, recipe)

    def step() -> Tensor:
        return training.take(StepInput(images.to(memory_format=layout)), recipe.learning_rate).loss

    return step


def package_versions() -> dict[str, str]:
    """Of everything that the figures depend on."""
    return {name: version(name) for name in ("torch", PEER, "einops", "einx", "numpy")}


def as_record(comparisons: list[Comparison], copies: list[Copy], throughputs: list[Throughput]) -> dict[str, Any]:
    """For JSON; the machine is the caller's to add."""
    return {
        "packages": package_versions(),
        "memory_methods": MEMORY_METHODS,
        "copies": [asdict(row) for row in copies],
    } | as_rows(comparisons, throughputs)


def as_rows(comparisons: Sequence[Comparison], throughputs: Sequence[Throughput]) -> dict[str, Any]:
    """Of these alone, for JSON."""
    return {
        "comparisons": [asdict(row) for row in comparisons],
        "throughputs": [asdict(row) for row in throughputs],
    }
