"""What a model is opened beside in Compare: the same without what it adds, or else the next of its bits."""

from __future__ import annotations

from dataclasses import dataclass

from rfsq.evidence.results import Results
from rfsq.model.zoo import PERCEPTUAL, ZOO, ceiling_of


@dataclass(frozen=True)
class Dot:
    """A point of a chart."""

    model: str
    stages: int
    chart: str


def baseline_of(results: Results, name: str) -> str | None:
    """The model of the zoo that says most beside this one; None if nothing fits.

    Conditioned models: none, and none: scale. Perceptual ones: the same trained with L1. Others: the best rest of their
    band of equal bits. A model that is alone there: the same network without rounding.
    """
    config = ZOO[name]
    family, _, last = name.rpartition("-")
    wanted = [f"{family}-scale"] if last == "none" else []
    if name.endswith(PERCEPTUAL):
        wanted.append(name.removesuffix(PERCEPTUAL))
    elif config.conditioning != "none":
        wanted.append(f"rfsq-{name.split('-')[1]}-none")
    bits, others = results.full(name).bits_per_token, []
    for other, model in results.models.items():
        theirs = model.full.bits_per_token
        if other != name and bits is not None and theirs is not None and ZOO[other].stride == config.stride:
            others += [other] if round(theirs) == round(bits) and not other.endswith(PERCEPTUAL) else []
    wanted += sorted(others, key=lambda other: -(results.full(other).psnr_db or 0))
    ceiling = ceiling_of(name)
    return next((other for other in (*wanted, ceiling) if other in results.models and other != name), None)
