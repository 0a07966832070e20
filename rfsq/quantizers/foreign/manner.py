"""How a module from outside wants to be called: its layout, the order of its indices, its codebook sizes, its decoder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from torch import Tensor, nn

# Axes: b images, d channels, h and w the grid of tokens, n = h·w, m = b·h·w, s indices of a token.
Layout = Literal["bdhw", "bhwd", "bnd", "bdn"]
IndexOrder = Literal["bhw", "bshw", "bhws", "bn", "bns", "bsn", "m", "ms"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
DECODERS = (
    "decode",
    "get_output_from_indices",
    "indices_to_codes",
    "decode_indices",
    "get_codes_from_indices",
    "codes_of",
)


@dataclass(frozen=True)
class Manner:
    """What calling a module takes, worked out once (`rfsq.quantizers.foreign.probe`)."""

    layout: Layout  # of its input
    indices: IndexOrder  # as it gives them
    codebook_sizes: tuple[int, ...]  # per index
    sizes_from: str  # where these were found
    decoder: str | None = None  # the name of its method
    decoder_takes: IndexOrder | None = (
        None  # differs from `indices` where the method does not take what the module gives
    )
    decodes_first_stages: bool = False
    stage_codes: str | None = None  # a method that gives the part of each index, (S, …)
    side_values: int = 0  # per image and index


def given(z: Tensor, layout: Layout) -> Tensor:
    """Latents (B, D, h, w) in a layout; a view where that is possible."""
    if layout == "bdhw":
        return z
    if layout == "bhwd":
        return z.permute(0, 2, 3, 1)
    return z.flatten(2) if layout == "bdn" else z.flatten(2).transpose(1, 2)


def taken(values: Tensor, like: Sequence[int]) -> Tensor | None:
    """Values of any layout as (B, D, h, w) = `like`; None where the shape fits none."""
    batch, dim, height, width = like
    shape = tuple(values.shape)
    if shape == (batch, dim, height, width):
        return values
    if shape == (batch, height, width, dim):
        return values.permute(0, 3, 1, 2)
    if shape == (batch, height * width, dim) or shape == (batch * height * width, dim):
        return values.reshape(batch, height, width, dim).permute(0, 3, 1, 2)
    if shape == (batch, dim, height * width):
        return values.reshape(batch, dim, height, width)
    return None


def order_of(shape: Sequence[int], grid: Sequence[int]) -> IndexOrder | None:
    """The order of axes of indices of this shape, for B images of h × w tokens; None where it fits none."""
    batch, height, width = grid
    tokens, sizes = height * width, tuple(shape)
    if sizes == (batch, height, width):
        return "bhw"
    if len(sizes) == 4 and sizes[0] == batch:
        return "bshw" if sizes[2:] == (height, width) else "bhws" if sizes[1:3] == (height, width) else None
    if sizes == (batch, tokens):
        return "bn"
    if len(sizes) == 3 and sizes[0] == batch:
        return "bns" if sizes[1] == tokens else "bsn" if sizes[2] == tokens else None
    if sizes == (batch * tokens,):
        return "m"
    return "ms" if len(sizes) == 2 and sizes[0] == batch * tokens else None


def gathered(indices: Tensor, order: IndexOrder, grid: Sequence[int]) -> Tensor:
    """Indices of any order as (B, S, h, w). Raises ValueError where their number does not fit the grid."""
    batch, height, width = grid
    if order == "bshw":
        return indices.reshape(batch, indices.shape[1], height, width)
    if order == "bsn":
        return indices.reshape(batch, indices.shape[1], height, width)
    if order in ("bhw", "bn", "m"):
        return indices.reshape(batch, 1, height, width)
    return indices.reshape(batch, height, width, indices.shape[-1]).permute(0, 3, 1, 2)


def scattered(indices: Tensor, order: IndexOrder) -> Tensor:
    """Indices (B, S, h, w) in an order, as `gathered` took them."""
    if order == "bshw":
        return indices
    if order == "bsn":
        return indices.flatten(2)
    if order in ("bhw", "bn", "m"):
        return {"bhw": indices[:, 0], "bn": indices[:, 0].flatten(1), "m": indices[:, 0].flatten()}[order]
    last = indices.permute(0, 2, 3, 1)
    return {"bhws": last, "bns": last.flatten(1, 2), "ms": last.flatten(0, 2)}[order]


def stated_sizes(module: nn.Module, count: int) -> tuple[tuple[int, ...], str] | None:
    """Codebook sizes of `count` indices and where they were found; None where the module says nothing of the kind."""
    for name in ("codebook_sizes", "codebook_size", "num_codes", "n_embed", "num_embeddings", "n_e"):
        value = _attribute(module, name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return (value,) * count, name
        if isinstance(value, list | tuple) and len(value) == count and all(isinstance(size, int) for size in value):
            return tuple(value), name
    if (levels := stated_levels(module)) is not None:
        return (math.prod(levels),) * count, "levels"
    for name in ("codebooks", "codebook"):
        value = _attribute(module, name)
        if isinstance(value, Tensor) and value.ndim in (2, 3):
            if value.ndim == 3 and value.shape[0] not in (1, count):
                continue
            return (int(value.shape[-2]),) * count, f"rows of {name}"
    return None


def stated_levels(module: nn.Module) -> tuple[int, ...] | None:
    """Levels per channel, where the module has them."""
    for name in ("levels", "_levels"):
        value = _attribute(module, name)
        if isinstance(value, Tensor):
            value = value.flatten().tolist()
        if isinstance(value, list | tuple) and value and all(isinstance(one, int) and one > 0 for one in value):
            return tuple(value)
    return None


def guessed_dim(module: nn.Module) -> int | None:
    """Channels of the latents that a module says it takes."""
    for name in ("dim", "embedding_dim", "e_dim", "latent_dim", "codebook_dim"):
        value = _attribute(module, name)
        if isinstance(value, int) and value > 0:
            return value
    if (levels := stated_levels(module)) is not None:
        return len(levels)
    for name in ("codebook", "codebooks"):
        value = _attribute(module, name)
        if isinstance(value, Tensor) and value.ndim in (2, 3):
            return int(value.shape[-1])
    return None


def _attribute(module: nn.Module, name: str) -> Any:
    try:
        return getattr(module, name, None)
    except Exception:  # noqa: BLE001  # a property from outside may raise anything; then it is not there
        return None
