"""What a module from outside answers, whatever form it gives it: quantized latents, indices, losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rfsq.quantizers.foreign.errors import ForeignError, foreign_code
from rfsq.quantizers.foreign.manner import IndexOrder, Manner, gathered, given, scattered, taken

_QUANTIZED = ("quantized", "z_q", "zq", "quantize")
_INDICES = ("indices", "ids", "codes")
_LOSSES = ("loss", "aux_loss", "losses", "commitment_loss", "commit_loss", "penalty")
_SIDE = ("side",)
_FEW = 64  # values: more than that is no list of losses


@dataclass(frozen=True)
class Parts:
    """The tensors of an answer, as they were given."""

    quantized: Tensor
    indices: Tensor
    losses: tuple[Tensor, ...]
    side: Tensor | None


@dataclass(frozen=True)
class Answer:
    """An answer in our shapes."""

    quantized: Tensor  # (B, D, h, w), of the type that the module gave
    indices: Tensor  # (B, S, h, w), likewise
    loss: Tensor  # scalar float32
    side: Tensor | None  # (B, S, V)


def ask(module: nn.Module, manner: Manner, z: Tensor) -> Answer:
    """Quantize latents (B, D, h, w) of any type. Raises ForeignError."""
    with foreign_code("called with latents"):
        result = module(given(z, manner.layout))
    parts = parts_of(result, given(z, manner.layout))
    quantized = taken(parts.quantized, z.shape)
    assert quantized is not None, "parts_of looks at the shape"
    grid = (z.shape[0], *z.shape[2:])
    try:
        indices = gathered(parts.indices, manner.indices, grid)
    except (RuntimeError, IndexError) as error:
        raise ForeignError(
            f"indices of shape {tuple(parts.indices.shape)} do not fit {grid[0]} images of {grid[1]}×{grid[2]} tokens"
        ) from error
    loss = z.new_zeros((), dtype=torch.float32)
    for one in parts.losses:
        loss = loss + (one.float().sum() if one.numel() <= _FEW else one.float().mean())
    return Answer(quantized, indices, loss, parts.side)


def decode(module: nn.Module, manner: Manner, indices: Tensor, side: Tensor | None, dim: int) -> Tensor:
    """What the module's decoder makes of indices (B, k, h, w): (B, D, h, w). Raises ForeignError."""
    assert manner.decoder is not None and manner.decoder_takes is not None
    return decode_by(module, manner.decoder, manner.decoder_takes, indices, side, dim)


def decode_by(
    module: nn.Module, name: str, order: IndexOrder, indices: Tensor, side: Tensor | None, dim: int
) -> Tensor:
    """The same by the name of a method and the order of indices that it is given. Raises ForeignError."""
    arranged = scattered(indices, order)
    with foreign_code(f"{name} of indices"):
        method = getattr(module, name)
        values = method(arranged) if side is None else method(arranged, side)
    batch, _, height, width = indices.shape
    found = taken(values, (batch, dim, height, width)) if isinstance(values, Tensor) else None
    if found is None:
        shape = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
        raise ForeignError(
            f"{name} gives {shape} of {tuple(arranged.shape)} indices, which is no latents of {dim} channels"
        )
    return found


def parts_of(result: Any, like: Tensor) -> Parts:
    """The tensors of an answer to latents `like`. Raises ForeignError where quantized latents or indices are missing."""
    named = _by_name(result)
    values = list(named.values()) if named else list(result) if isinstance(result, list | tuple) else [result]
    tensors = [value for value in values if isinstance(value, Tensor)]
    quantized = _first(named, _QUANTIZED) if named else None
    if quantized is None:
        quantized = next((t for t in tensors if t.is_floating_point() and t.shape == like.shape), None)
    if quantized is None or quantized.shape != like.shape:
        raise ForeignError(
            f"of latents {tuple(like.shape)} it makes {_shapes(tensors)}; quantized latents have the shape of the latents"
        )
    indices = _first(named, _INDICES) if named else None
    if indices is None:
        indices = _indices_among([tensor for tensor in tensors if tensor is not quantized])
    if indices is None:
        raise ForeignError(f"it answers with {_shapes(tensors)}, and no integer tensor that could be the indices")
    side = _first(named, _SIDE) if named else None
    if named:
        losses = [value for name in _LOSSES if isinstance(value := named.get(name), Tensor)][:1]
    else:
        others = [t for t in tensors if t is not quantized and t is not indices]
        losses = [t for t in others if t.is_floating_point() and t.numel() <= _FEW]
    return Parts(quantized, indices, tuple(losses), side)


def _by_name(result: Any) -> dict[str, Any]:
    """Fields of a dictionary, a named tuple, a dataclass or another object; empty for a plain tuple or tensor."""
    if isinstance(result, Mapping):
        return {str(key): value for key, value in result.items()}
    if hasattr(result, "_asdict"):
        fields: dict[str, Any] = result._asdict()
        return fields if set(fields) & {*_QUANTIZED, *_INDICES} else {}
    if isinstance(result, Tensor | list | tuple):
        return {}
    wanted = (*_QUANTIZED, *_INDICES, *_LOSSES, *_SIDE)
    return {name: getattr(result, name) for name in wanted if hasattr(result, name)}


def _first(named: dict[str, Any], names: tuple[str, ...]) -> Tensor | None:
    return next((value for name in names if isinstance(value := named.get(name), Tensor)), None)


def _indices_among(tensors: list[Tensor]) -> Tensor | None:
    """The first tensor of integers; failing that one of whole numbers in floating point, for the doctor to complain of."""
    for tensor in tensors:
        if not tensor.is_floating_point() and not tensor.is_complex() and tensor.dtype != torch.bool and tensor.ndim:
            return tensor
    for tensor in tensors:
        if tensor.is_floating_point() and tensor.ndim > 1 and bool((tensor == tensor.round()).all()):
            return tensor
    return None


def _shapes(tensors: list[Tensor]) -> str:
    shown = ", ".join(f"{str(t.dtype).removeprefix('torch.')} {tuple(t.shape)}" for t in tensors)
    return shown or "no tensor"
