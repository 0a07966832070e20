"""Quantizers of every kind, whose learned and tracked values are not those of the start."""

from collections.abc import Callable

import torch
from torch import Tensor

from rfsq.quantizers import CONDITIONINGS, FSQ, LFQ, VQ, Quantizer, Residual

DIM = 4

SINGLE: dict[str, Callable[[], Quantizer]] = {
    "fsq": lambda: FSQ((5, 4, 3, 8)),
    "fsq, large": lambda: FSQ((300, 257, 2, 65_536)),
    "fsq, clamped": lambda: FSQ((4, 7, 2, 9), bound="clamp"),
    "fsq, of 2^62 codes": lambda: FSQ((2**16, 2**16, 2**16, 2**14), bound="clamp"),
    "lfq": lambda: LFQ(DIM),
    "vq": lambda: VQ(32, DIM),
}
_BASES: dict[str, Callable[[int], Quantizer]] = {
    "fsq": lambda stage: FSQ((5, 4, 3, 8)),
    "lfq": lambda stage: LFQ(DIM),
    "vq": lambda stage: VQ(32, DIM, seed=stage),
}


def stacked(base: str, conditioning: str, stages: int = 2) -> Residual:
    return Residual(_BASES[base], stages, conditioning, initial_scale=1.3)


MAKERS: dict[str, Callable[[], Quantizer]] = SINGLE | {
    f"{base}, {conditioning}": lambda base=base, conditioning=conditioning: stacked(base, conditioning)  # type: ignore[misc]
    for base in _BASES
    for conditioning in CONDITIONINGS
}
"""Every quantizer alone, and every base with every conditioning, by name; in training, as constructed."""


def latents(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)


def made(name: str) -> Quantizer:
    """The quantizer of that name after some training, ready for use."""
    quantizer = MAKERS[name]()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in quantizer.parameters():
            parameter += 0.2 * torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
        for seed in range(3):
            quantizer(latents(2, DIM, 6, 5, seed=seed) * 0.7 + 0.2)
    return quantizer.eval()


def state(quantizer: Quantizer) -> dict[str, Tensor]:
    """A copy of all that training changes."""
    return {name: tensor.detach().clone() for name, tensor in quantizer.state_dict().items()}
