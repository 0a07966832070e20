"""The best model at a number of bits."""

from __future__ import annotations

from rfsq.evidence.results import Results
from rfsq.model.zoo import ZOO, like_the_paper


def best_at(results: Results, bits: int, *, kinds: tuple[str, ...] = ("fsq", "lfq", "vq"), single: bool = False) -> str:
    """The model of the highest PSNR among those of about `bits` bits per token. Raises LookupError if there is none."""
    names = [
        name
        for name, model in results.models.items()
        if ZOO[name].kind in kinds
        and like_the_paper(name)
        and round(model.full.bits_per_token or 0) == bits
        and (not single or ZOO[name].num_stages == 1)
        and model.full.psnr_db is not None
    ]
    if not names:
        raise LookupError(f"no model of {bits} bits was measured")
    return max(names, key=lambda name: results.full(name).psnr_db or 0.0)
