"""A quantizer by its reference, made, fitted and examined: what runs in the worker process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from rfsq.evidence.doctor.bar import check_bar
from rfsq.evidence.doctor.examine import examine
from rfsq.evidence.doctor.line import Line
from rfsq.evidence.doctor.tensor_files import read_latents
from rfsq.machine.devices import cpu_threads
from rfsq.model.calibration import load_calibration
from rfsq.model.checkpoint import available_models, load_checkpoint, zoo_checkpoint
from rfsq.model.zoo import ZOO, ceiling_of
from rfsq.quantizers.foreign import Foreign, Reference
from rfsq.quantizers.foreign.fit import fit_foreign
from rfsq.quantizers.foreign.reference import package_of
from rfsq.style.names import printable

DEFAULT_DIM = 5
IMAGES = 1024
_NOISE = (256, 16, 16)  # images and tokens, where no network has latents of that width
_OF_TRAINING = ("codebook use", "entropy, bits")  # what longer training may change


@dataclass(frozen=True)
class Report:
    """What the doctor says, and of what."""

    quantizer: str
    package: str | None  # that its class comes from, with version; None where it stands in a file
    dim: int
    latents: str  # what they are, in words
    fit: str  # what was fitted, in words
    bits_per_token: float
    lines: tuple[Line, ...]


def visit(reference: Reference, dim: int | None, latents: Path | None, steps: int) -> Report:
    """Fitted as a bench fits it, for `steps` steps; a bar on standard error tells how far that is.

    Raises ForeignError and ValueError with one sentence.
    """
    given = None if latents is None else read_latents(latents)
    width = given.shape[1] if given is not None else dim or reference.dim() or DEFAULT_DIM
    if given is None:
        z, words = usual_latents(width)
    else:
        z, words = given, f"{len(given)} images of {latents.name if latents else ''}"
    torch.manual_seed(0)  # of a codebook that is drawn: a visit repeats
    foreign = Foreign(reference.make(width), width)
    name = printable(reference.name)
    with cpu_threads(1):  # small operations: threads would wait for each other
        with tqdm(total=steps, desc=f"{name}, fitting", unit="step", dynamic_ncols=True, leave=False) as bar:
            facts = fit_foreign(foreign, z, steps, lambda share: bar.update(round(share * steps) - bar.n))
        with check_bar(f"{name}, looking") as tell:
            lines = examine(foreign, z, tell)
    if facts.steps:
        lines = [
            replace(line, sample=f"{line.sample}; after {facts.steps} steps of training")
            if line.check in _OF_TRAINING
            else line
            for line in lines
        ]
    package = package_of(foreign.module)
    return Report(reference.text, package, width, words, facts.words, foreign.bits_per_token, tuple(lines))


def usual_latents(dim: int) -> tuple[Tensor, str]:
    """Latents of that width, of mean 0 and deviation 1 per channel, and what they are."""
    here = [
        name
        for name in available_models()
        if ZOO[name].dim == dim and not ZOO[name].quantized and ceiling_of(name) == name
    ]
    if here:
        weights = zoo_checkpoint(here[0])
        calibration = load_calibration(weights, load_checkpoint(weights).info.weights_sha256, dim)
        return calibration.standardized[:IMAGES], f"latents of the network {here[0]}, standardised"
    noise = torch.randn(_NOISE[0], dim, *_NOISE[1:], generator=torch.Generator().manual_seed(0))
    return noise, f"Gaussian noise of {dim} channels, as no network here has latents of that width"
