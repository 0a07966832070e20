"""What a stack of ours leaves behind of four gallery photos: as it is, and with one fault planted, to learn to read a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from safetensors.torch import save
from torch import Tensor

from rfsq.evidence.doctor.arranged import Arranged
from rfsq.machine.devices import cpu_threads
from rfsq.model.library import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within, to_tensor
from rfsq.quantizers import VQ

PHOTOS: Final = ("astronaut", "grass", "photographer", "gravel")
SIDE: Final = 256  # pixels
NETWORK: Final = "continuous-5"
_SOUND, _BARE = f"{NETWORK}.fsq-4-s4-geometric", f"{NETWORK}.fsq-4-s4-none"
_CODES, _ALIVE, _AWAY = 1024, 8, 50.0  # of the dead codebook; deviations


@dataclass(frozen=True)
class Planted:
    """One example: what it is called and what was done, for people."""

    title: str
    words: str
    stages: int
    make: Callable[[], LeftBehind]


@dataclass(frozen=True, eq=False)
class LeftBehind:
    """Tensors and what they cannot tell."""

    tensors: Arranged
    sizes: tuple[int, ...]
    levels: tuple[int, ...] = ()

    def safetensors(self) -> bytes:
        """The tensors as a file, as `rfsq doctor --indices … --latents … --quantized …` takes it."""
        found = self.tensors
        assert found.indices is not None and found.latents is not None
        tensors = {"indices": found.indices, "latents": found.latents, "quantized": torch.stack(found.parts)}
        return save({name: tensor.contiguous() for name, tensor in tensors.items()})


def planted() -> dict[str, Planted]:
    """The examples by name, in the order in which they are learned from."""
    network = f"the network {NETWORK}"
    return {
        "sound": Planted(
            "Sound",
            f"Nothing planted: four stages of 4 levels in 5 channels around {network}, on four gallery photos; the levels of each "
            "stage are closer than those of the one before by a fixed factor (geometric, as in ResidualFSQ).",
            4,
            lambda: _stack(_SOUND),
        ),
        "decay": Planted(
            "Decay",
            "Planted: no conditioning. The stages of the sound stack on the same latents, but with levels equally far apart in "
            "every stage, for a signal that gets weaker.",
            4,
            lambda: _stack(_BARE),
        ),
        "dead": Planted(
            "Dead codebook",
            f"Planted: of one codebook of {_CODES} codes, which are latents of the photos, all but {_ALIVE} were moved far away "
            "from all latents.",
            1,
            _dead,
        ),
        "bfloat16": Planted(
            "Index in bfloat16",
            "Planted: the digits of each index summed in bfloat16, which tells whole numbers apart up to 256 only. All else is the "
            "sound stack.",
            4,
            _in_bfloat16,
        ),
    }


def _stack(name: str) -> LeftBehind:
    model, latents = _latents(name)
    assert model.quantizer is not None
    with torch.no_grad():
        steps = list(model.quantizer.steps(latents))
    indices = torch.stack([step.rounded.indices for step in steps], dim=1)
    found = Arranged(indices, steps[0].residual, tuple(step.added for step in steps), "int64", len(latents))
    return LeftBehind(found, model.quantizer.codebook_sizes, steps[0].base.levels)


def _in_bfloat16() -> LeftBehind:
    model, latents = _latents(_SOUND)
    assert model.quantizer is not None
    sound = _stack(_SOUND)
    assert sound.tensors.indices is not None
    radix = torch.tensor([1, 4, 16, 64, 256], dtype=torch.bfloat16).view(1, -1, 1, 1)
    wrong = []
    for stage, indices in zip(model.quantizer.parts, sound.tensors.indices.unbind(dim=1), strict=True):
        digits = stage.base.digits_of(indices).to(torch.bfloat16)
        total = torch.zeros_like(digits[:, 0])
        for channel in range(digits.shape[1]):
            total = total + digits[:, channel] * radix[:, channel]
        wrong.append(total.long())
    found = Arranged(torch.stack(wrong, dim=1), sound.tensors.latents, sound.tensors.parts, "int64", len(latents))
    return LeftBehind(found, sound.sizes, sound.levels)


def _dead() -> LeftBehind:
    _, latents = _latents(_SOUND)
    tokens = latents.movedim(1, -1).flatten(0, 2)
    generator = torch.Generator().manual_seed(0)
    quantizer = VQ(_CODES, latents.shape[1]).eval()
    codes = tokens[torch.randperm(len(tokens), generator=generator)[:_CODES]].clone()
    codes[_ALIVE:] += _AWAY
    assert quantizer.learned_codebook is not None
    with torch.no_grad():
        quantizer.learned_codebook.copy_(codes)
        output = quantizer(latents)
    found = Arranged(output.indices, latents, (output.quantized,), "int64", len(latents))
    return LeftBehind(found, quantizer.codebook_sizes)


def _latents(name: str) -> tuple[QuantizedAutoencoder, Tensor]:
    """A stack's model, and the latents of the photos as the stack takes them. Raises CheckpointError."""
    model = load_model(name)
    photos = [to_tensor(fit_within(load_example(photo), SIDE)) for photo in PHOTOS]
    with torch.no_grad(), cpu_threads(1):  # small pictures: threads would wait for each other
        return model, model.encode(torch.cat(photos))
