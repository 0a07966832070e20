"""Scores of a quantizer from outside around a network: what runs in the worker process of a bench."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from rfsq.evidence.evaluation import evaluate
from rfsq.evidence.model_scores import Evaluation
from rfsq.machine.devices import DeviceName, cpu_threads, pick_device
from rfsq.metrics.learned import StLpipsChoice, learned_metrics
from rfsq.metrics.lpips import LpipsNet
from rfsq.model.foreign import fit_foreign_to
from rfsq.quantizers.foreign import Foreign, Reference
from rfsq.quantizers.foreign.fit import FitFacts
from rfsq.quantizers.foreign.reference import package_of
from rfsq.style.names import printable


@dataclass(frozen=True)
class Bench:
    """On what a quantizer is measured. Plain data, so that another process can take it."""

    network: str
    files: tuple[Path, ...]
    steps: int  # of training the quantizer on the network's calibration
    device: DeviceName
    batch_size: int
    lpips: LpipsNet
    st_lpips: StLpipsChoice


@dataclass(frozen=True)
class ForeignScores:
    """What it made of the pictures, and how it came to fit."""

    evaluation: Evaluation
    facts: FitFacts
    package: str | None  # that its class comes from, with version; None where it stands in a file


def measure_foreign(name: str, reference: Reference, bench: Bench) -> ForeignScores:
    """Make, fit and measure one. Raises ForeignError and ValueError with one sentence."""
    device = pick_device(bench.device)
    bar = tqdm(total=bench.steps, desc=f"{printable(name)}, fitting", unit="step", dynamic_ncols=True, leave=False)
    with bar, cpu_threads(1):  # small operations: threads would wait for each other
        fitted = fit_foreign_to(
            bench.network, reference, bench.steps, lambda share: bar.update(round(share * bench.steps) - bar.n)
        )
    learned = learned_metrics(device, bench.lpips, bench.st_lpips)
    [evaluation] = evaluate(
        name,
        fitted.model.to(device),
        bench.files,
        device=device,
        batch_size=bench.batch_size,
        learned=learned,
        progress_bar=True,
    )
    foreign = fitted.model.quantizer
    assert isinstance(foreign, Foreign)
    return ForeignScores(evaluation, fitted.facts, package_of(foreign.module))


def bench_names(network: str, references: Sequence[Reference]) -> list[str]:
    """A name for each in tables, short where that tells them apart."""
    short = [reference.name for reference in references]
    return [
        f"{network}.{name if short.count(name) == 1 else reference.text}"
        for name, reference in zip(short, references, strict=True)
    ]
