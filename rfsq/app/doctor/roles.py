"""Which tensor of some files is which: guessed by names and types, shown, and changed by who knows better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rfsq.evidence.doctor.tensor_files import TensorEntry

_NAMES = {  # parts of names, the most telling first
    "indices": ("indices", "index", "idx", "ids", "tokens", "codes"),
    "quantized": ("quant", "z_q", "zq", "stage", "parts"),
    "latents": ("latent", "z_e", "hidden", "encod", "z"),
}


@dataclass(frozen=True)
class Held:
    """A tensor in one of the files of a session."""

    file: str
    entry: TensorEntry

    @property
    def label(self) -> str:
        """ "z.safetensors: latents, float32 16×5×8×8"."""
        name = f": {self.entry.name}" if self.entry.name else ""
        return f"{self.file}{name}, {self.entry.kind} {'×'.join(map(str, self.entry.shape))}"

    def named(self, role: str) -> int:
        """How well its name fits: 0 best, the number of names for not at all. A file's name counts where it holds one."""
        name = (self.entry.name or self.file.rpartition(".")[0]).lower()
        return next((place for place, part in enumerate(_NAMES[role]) if part in name), len(_NAMES[role]))


@dataclass(frozen=True)
class Roles:
    """Which is which; None where there is none."""

    indices: Held | None = None
    latents: Held | None = None
    quantized: Held | None = None


def guess_roles(tensors: Sequence[Held]) -> Roles:
    """Indices are whole numbers, else what is called so; of the others names decide, then the order of the files."""
    whole = [held for held in tensors if held.entry.kind.startswith(("int", "uint"))]
    called = [held for held in tensors if held.named("indices") < len(_NAMES["indices"])]
    indices = min(whole or called, key=lambda held: held.named("indices"), default=None)
    floats = [held for held in tensors if held not in whole and held is not indices]
    quantized = _best(floats, "quantized")
    rest = [held for held in floats if held is not quantized]
    latents = _best(rest, "latents") or (rest[0] if rest else None)
    if latents is None and indices is None:  # all that there is was called quantized
        return Roles(None, quantized, None)
    if quantized is None and latents is not None:
        sizes = latents.entry.shape
        quantized = next((h for h in rest if h is not latents and h.entry.shape[-len(sizes) :] == sizes), None)
    return Roles(indices, latents, quantized)


def _best(tensors: Sequence[Held], role: str) -> Held | None:
    named = [held for held in tensors if held.named(role) < len(_NAMES[role])]
    return min(named, key=lambda held: held.named(role), default=None)
