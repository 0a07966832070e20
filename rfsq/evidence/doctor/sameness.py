"""The same latents must get the same indices: in every number type and mode, alone and among others, in any memory layout."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rfsq.evidence.doctor.line import Line, Verdict, counted
from rfsq.quantizers.foreign.adapter import Foreign
from rfsq.quantizers.foreign.answer import ask
from rfsq.quantizers.foreign.errors import ForeignError
from rfsq.quantizers.foreign.probe import copy_of
from rfsq.style.wording import format_share

_FEW = 1e-3  # of the tokens: those between two codes

Way = Callable[[Foreign, Tensor], Tensor]


def same_indices(foreign: Foreign, latents: Tensor) -> list[Line]:
    """A line per way of calling it. latents: (P, D, h, w); they are rounded to bfloat16 first, so that every type holds
    the same numbers."""
    z = latents.to(torch.bfloat16).float()
    wanted = _indices(foreign, z)
    return [_line(name, way, cure, foreign, z, wanted) for name, (way, cure) in _WAYS.items()]


@torch.no_grad()
def _line(name: str, way: Way, cure: str, foreign: Foreign, z: Tensor, wanted: Tensor) -> Line:
    check, sample = f"same indices: {name}", f"{counted(z[:, 0].numel(), 'token')}, on the {z.device.type.upper()}"
    try:
        found = way(foreign, z)
    except ForeignError as error:
        return Line(check, "yellow", f"it does not work so: {error}", sample, cure)
    if found.shape != wanted.shape:
        return Line(check, "red", f"indices of shape {tuple(found.shape)}, not {tuple(wanted.shape)}", sample, cure)
    share = float((found != wanted).any(dim=1).float().mean())
    verdict: Verdict = "green" if not share else "yellow" if share <= _FEW or name == "in training" else "red"
    value = "all the same" if not share else f"{format_share(share)} of the tokens get another index"
    return Line(check, verdict, value, sample, cure if share else "")


def _indices(foreign: Foreign, z: Tensor) -> Tensor:
    with torch.no_grad():
        return _whole(ask(copy_of(foreign.module), foreign.manner, z).indices)


def _whole(indices: Tensor) -> Tensor:
    return (indices.double().round() if indices.is_floating_point() else indices).to(torch.int64)


def _cast(dtype: torch.dtype) -> Way:
    def way(foreign: Foreign, z: Tensor) -> Tensor:
        module = copy_of(foreign.module).to(dtype)
        return _whole(ask(module, foreign.manner, z.to(dtype)).indices)

    return way


def _autocast(foreign: Foreign, z: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return _indices(foreign, z)


def _training(foreign: Foreign, z: Tensor) -> Tensor:
    return _whole(ask(copy_of(foreign.module).train(), foreign.manner, z).indices)


def _alone(foreign: Foreign, z: Tensor) -> Tensor:
    return torch.cat([_indices(foreign, image) for image in z.split(1)])


def _not_contiguous(foreign: Foreign, z: Tensor) -> Tensor:
    strided = torch.stack([z, z], dim=-1)[..., 0].to(memory_format=torch.preserve_format)
    turned = strided.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    return _indices(foreign, turned)


_HALF = "round in float32 whatever the model around it is cast to: z.float(), and constants that stay float32"
_WAYS: dict[str, tuple[Way, str]] = {
    "bfloat16": (_cast(torch.bfloat16), _HALF),
    "float16": (_cast(torch.float16), _HALF),
    "autocast": (_autocast, "switch autocast off around distances and sums of digits"),
    "in training": (
        _training,
        "noise, dropout or the statistics of a batch make training see other codes than use; say so if it is meant",
    ),
    "alone and in a batch": (_alone, "let no image's result depend on its neighbours in the batch"),
    "not contiguous": (_not_contiguous, "use reshape, not view, or make the input contiguous first"),
}
