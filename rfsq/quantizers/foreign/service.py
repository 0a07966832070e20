"""Questions about quantizers from outside, for a process of its own that answers them (`rfsq.machine.worker`).

Questions and answers are plain data. What a question has loaded and fitted stays there for the next one; where the process
was ended meanwhile, it is made again from the numbers that the fit had found.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from rfsq.machine.devices import cpu_threads
from rfsq.quantizers.foreign.adapter import Foreign
from rfsq.quantizers.foreign.errors import ForeignError
from rfsq.quantizers.foreign.fit import FitFacts, made_and_fitted
from rfsq.quantizers.foreign.reference import Reference, package_of

_KEPT = 8  # quantizers: of several networks, and of the Lab's sources
_TRIED = 4  # images of the latents that a fit is looked over with
_fitted: OrderedDict[str, Foreign] = OrderedDict()


@dataclass(frozen=True, eq=False)
class Fitted:
    """What is known of a quantizer that was fitted to latents."""

    codebook_sizes: tuple[int, ...]  # what each of its S indices can be
    sizes_from: str  # where that stands
    side_values: int  # numbers per image and index
    why_no_stages: str  # why nobody can say what its first indices stand for; empty where that is known
    facts: FitFacts
    package: str | None  # that its class comes from, with version
    numbers: bytes  # its parameters and buffers


@dataclass(frozen=True, eq=False)
class Answered:
    """What it makes of latents (B, D, h, w)."""

    indices: np.ndarray  # (B, S, h, w) int64
    totals: (
        np.ndarray
    )  # (k, B, D, h, w) float32: what the first 1 … S indices stand for; all of them alone where it has no stages
    side: np.ndarray | None  # (B, S, V) float32

    def belongs_to(self, fitted: Fitted, latents: np.ndarray) -> bool:
        """Whether it can be what a quantizer that was fitted makes of latents (B, D, h, w)."""
        batch, _, height, width = latents.shape
        stages = len(fitted.codebook_sizes)
        totals = 1 if fitted.why_no_stages else stages
        side = (batch, stages, fitted.side_values)
        return (
            self.indices.dtype == np.int64
            and self.indices.shape == (batch, stages, height, width)
            and bool((self.indices >= 0).all())
            and (self.totals.dtype, self.totals.shape) == (np.float32, (totals, *latents.shape))
            and bool(np.isfinite(self.totals).all())
            and (self.side is None or (self.side.dtype, self.side.shape) == (np.float32, side))
        )


def fit_own(reference: Reference, latents: np.ndarray, steps: int, progress: Callable[[float], None]) -> Fitted:
    """Run the named code, and fit what it makes to latents (P, D, n, n) float32. Raises ForeignError."""
    given = torch.from_numpy(latents)
    with cpu_threads(1):  # small operations: threads would wait for each other
        foreign, facts = made_and_fitted(reference.make, given, steps, progress)
        why_not = foreign.why_no_stages(given[:_TRIED])
    numbers = save({name: tensor.detach().clone().contiguous() for name, tensor in foreign.state_dict().items()})
    fitted = Fitted(
        foreign.codebook_sizes,
        foreign.manner.sizes_from,
        foreign.side_values,
        why_not,
        facts,
        package_of(foreign.module),
        numbers,
    )
    _keep(_key(reference, fitted), foreign)
    return fitted


def quantize_own(reference: Reference, fitted: Fitted, latents: np.ndarray) -> Answered:
    """Latents (B, D, h, w) float32 through a quantizer that was fitted. Raises ForeignError: for what fails in it, and for
    values that are not finite."""
    foreign = _fitted.get(_key(reference, fitted)) or _made_again(reference, fitted, latents.shape[1])
    with torch.no_grad():
        z = torch.from_numpy(latents)
        steps = list(foreign.steps(z))
    output = foreign.collect(z, steps)
    shown = steps[-1:] if fitted.why_no_stages else steps
    totals = torch.stack([step.total for step in shown])
    wrong = ~totals.isfinite().all(dim=2)
    if bool(wrong.any()):
        raise ForeignError(
            f"{reference.place}, called with latents: NaN or infinity in {int(wrong[-1].sum()) or int(wrong.sum())} "
            f"of {wrong[-1].numel()} tokens"
        )
    side = None if output.side is None else output.side.float().cpu().numpy()
    return Answered(output.indices.cpu().numpy(), totals.float().cpu().numpy(), side)


def _made_again(reference: Reference, fitted: Fitted, dim: int) -> Foreign:
    torch.manual_seed(0)
    foreign = Foreign(reference.make(dim), dim)
    try:
        foreign.load_state_dict(load(fitted.numbers))
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise ForeignError(f"{reference.place} is not made alike twice, so its fit is lost") from error
    foreign.requires_grad_(False).eval()
    _keep(_key(reference, fitted), foreign)
    return foreign


def _key(reference: Reference, fitted: Fitted) -> str:
    return f"{reference.text} {hashlib.sha256(fitted.numbers).hexdigest()}"


def _keep(key: str, foreign: Foreign) -> None:
    _fitted[key] = foreign
    while len(_fitted) > _KEPT:
        _fitted.popitem(last=False)
