"""Latents and indices of any layout, brought into ours: what the axes are is guessed from the shapes, or said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from rfsq.evidence.doctor.tensor_files import StoredTensor, finite, whole
from rfsq.quantizers.foreign.manner import IndexOrder, gathered, order_of

Channels = Literal["first", "last"]  # of latents: the axis after the images, or the last one
Stages = Literal[
    "none", "first", "last"
]  # of indices: one for each token, or several, on the axis after the images or last
CHANNELS: tuple[Channels, ...] = get_args(Channels)
STAGES: tuple[Stages, ...] = get_args(Stages)
_SHORT = 8  # times as long must an axis of tokens be as one of stages, where only the shape tells

Grid = tuple[int, int, int]  # images, and rows and columns of tokens; a sequence is one row


@dataclass(frozen=True, eq=False)
class Arranged:
    """What a quantizer left behind, in our shapes, and how the files were read."""

    indices: Tensor | None  # (P, S, h, w), whole numbers of any type
    latents: Tensor | None  # (P, D, h, w) float32
    parts: tuple[Tensor, ...]  # (P, D, h, w) float32: what each stage adds, or one, the sum of all
    index_type: str = ""
    of_images: int = 0  # there were; fewer are looked at where that would take too long
    channels: Channels = "first"
    stages: Stages = "first"

    @property
    def images(self) -> int:
        some = self.indices if self.indices is not None else self.latents
        assert some is not None
        return len(some)


def guess_channels(shape: Sequence[int], indices: Sequence[int] | None) -> Channels:
    """Where the channels of latents of a shape are: where the shape of the indices fits the rest, else on the shorter axis."""
    if indices is not None:
        fits: list[Channels] = [place for place in CHANNELS if order_of(indices, _grid_of(shape, place)) is not None]
        if len(fits) == 1:
            return fits[0]
    if len(shape) < 2:
        return "last"
    return "last" if shape[-1] < shape[_channel_axis(shape, "first")] else "first"


def guess_stages(shape: Sequence[int], grid: Grid | None) -> Stages:
    """Where the stages of indices of a shape are: as the grid of the latents says, else on an axis that is short."""
    if grid is not None:
        order = order_of(shape, grid)
        if order is not None:
            return _PLACE_OF[order]
    if len(shape) < 2:
        return "none"
    if len(shape) == 4:
        return "last" if shape[3] < min(shape[1], shape[2]) else "first"
    if len(shape) == 3:
        if max(shape[1], shape[2]) < _SHORT * min(shape[1], shape[2]):
            return "none"
        return "last" if shape[2] < shape[1] else "first"
    return "last" if _SHORT * shape[1] <= shape[0] else "none"


def arrange(
    indices: StoredTensor | None,
    latents: StoredTensor | None = None,
    quantized: StoredTensor | None = None,
    channels: Channels | None = None,
    stages: Stages | None = None,
) -> Arranged:
    """Bring tensors into our shapes. `quantized` has the shape of the latents, or one axis of stages before it: then it is
    what each stage adds, and their sum is what the decoder gets. What is None is guessed.

    Raises ValueError with one sentence for shapes that do not fit each other, and for values that are neither latents nor
    indices.
    """
    if indices is None and latents is None:
        raise ValueError("there is nothing to look at: give indices, or latents, or both")
    like = latents if latents is not None else quantized
    index_shape = None if indices is None else tuple(indices.values.shape)
    by_stage = quantized is not None and _by_stage(quantized, latents)
    grid: Grid | None = None
    if like is not None:
        shape = tuple(like.values.shape)[int(by_stage and like is quantized) :]
        if not 2 <= len(shape) <= 4:
            raise ValueError(
                f"{like.words}: latents have two to four axes, such as (images, channels, h, w), (images, h, w, channels) "
                "or (tokens, channels)"
            )
        channels = channels or guess_channels(shape, index_shape)
        grid = _grid_of(shape, channels)
    if index_shape is not None:
        stages = stages or guess_stages(index_shape, grid)
    channels, stages = channels or "first", stages or "none"
    found = Arranged(
        None if indices is None else _indices(indices, grid, stages),
        None if latents is None else _latents(finite(latents), channels),
        () if quantized is None else _parts(finite(quantized), by_stage, channels),
        "" if indices is None else indices.kind,
        channels=channels,
        stages=stages,
    )
    if found.indices is not None and len(found.parts) > 1 and len(found.parts) != found.indices.shape[1]:
        raise ValueError(
            f"{len(found.parts)} parts of quantized latents do not fit {found.indices.shape[1]} indices for each token"
        )
    return replace(found, of_images=found.images)


def at_most(found: Arranged, values: int) -> Arranged:
    """Images at even distances, so many that no tensor has more than so many values. Raises ValueError where one image has
    more."""
    sizes = [t.numel() // len(t) for t in (found.indices, found.latents, *found.parts) if t is not None]
    if max(sizes) > values:
        raise ValueError(
            f"one image has {max(sizes)} values, and {values} are looked at here; `rfsq doctor` has no limit"
        )
    kept = min(found.images, values // max(sizes))
    if kept == found.images:
        return found
    chosen = torch.linspace(0, found.images - 1, kept).round().long()
    return replace(
        found,
        indices=None if found.indices is None else found.indices[chosen],
        latents=None if found.latents is None else found.latents[chosen],
        parts=tuple(part[chosen] for part in found.parts),
    )


_PLACE_OF: dict[IndexOrder, Stages] = {
    "bhw": "none",
    "bn": "none",
    "m": "none",
    "bshw": "first",
    "bsn": "first",
    "bhws": "last",
    "bns": "last",
    "ms": "last",
}


def _by_stage(quantized: StoredTensor, latents: StoredTensor | None) -> bool:
    axes = quantized.values.ndim
    if latents is None:
        return axes == 5
    if axes in (latents.values.ndim, latents.values.ndim + 1):
        shape = tuple(quantized.values.shape)
        by_stage = axes > latents.values.ndim
        if shape[int(by_stage) :] == tuple(latents.values.shape):
            return by_stage
    raise ValueError(
        f"{quantized.words} does not fit latents {tuple(latents.values.shape)}: quantized latents have the same shape, or one "
        "axis of stages before it"
    )


def _channel_axis(shape: Sequence[int], channels: Channels) -> int:
    """From the front; latents of two axes are tokens of one image."""
    if channels == "last":
        return len(shape) - 1
    return 0 if len(shape) == 2 else 1


def _grid_of(shape: Sequence[int], channels: Channels) -> Grid:
    axis = _channel_axis(shape, channels)
    rest = [size for place, size in enumerate(shape) if place != axis]
    if len(rest) == 1:
        return (1, 1, rest[0])
    return (rest[0], 1, rest[1]) if len(rest) == 2 else (rest[0], rest[1], rest[2])


def _latents(values: Tensor, channels: Channels) -> Tensor:
    """(P, D, h, w)"""
    shape = tuple(values.shape)
    images, height, width = _grid_of(shape, channels)
    axis = _channel_axis(shape, channels)
    if len(shape) > 2:
        return values.movedim(axis, 1).reshape(images, shape[axis], height, width)
    return values.movedim(axis, 0).reshape(1, shape[axis], height, width)


def _parts(values: Tensor, by_stage: bool, channels: Channels) -> tuple[Tensor, ...]:
    return tuple(_latents(part, channels) for part in values) if by_stage else (_latents(values, channels),)


def _indices(stored: StoredTensor, grid: Grid | None, stages: Stages) -> Tensor:
    """(P, S, h, w)"""
    values, shape = whole(stored), tuple(stored.values.shape)
    if not 1 <= len(shape) <= 4:
        raise ValueError(
            f"{stored.words}: indices have one to four axes, such as (images, stages, h, w) or (images, h, w)"
        )
    if len(shape) == 2 and stages == "first":  # of one sequence
        values, shape = values[None], (1, *shape)
    order, grid = _order(shape, grid, stages)
    if order is None or math.prod(shape) % math.prod(grid):
        raise ValueError(f"{stored.words} do not fit {grid[0]} images of {grid[1]}×{grid[2]} tokens")
    return gathered(values, order, grid)


def _order(shape: tuple[int, ...], grid: Grid | None, stages: Stages) -> tuple[IndexOrder | None, Grid]:
    """The order of axes, with the grid that the shape itself tells where no latents do."""
    if grid is not None:
        possible = [order for order in _PLACE_OF if _PLACE_OF[order] == stages and _fits(shape, grid, order)]
        return (possible[0] if possible else None), grid
    if stages == "none":
        if len(shape) == 4:
            return None, (shape[0], shape[2], shape[3])
        own: Grid = (1, 1, shape[0]) if len(shape) == 1 else (shape[0], 1 if len(shape) == 2 else shape[1], shape[-1])
        return {1: "m", 2: "bn", 3: "bhw"}[len(shape)], own  # type: ignore[return-value]
    if len(shape) == 4:
        last = stages == "last"
        return ("bhws", shape[:3]) if last else ("bshw", (shape[0], shape[2], shape[3]))
    if len(shape) == 3:
        return ("bns", (shape[0], 1, shape[1])) if stages == "last" else ("bsn", (shape[0], 1, shape[2]))
    return ("ms", (1, 1, shape[0])) if len(shape) == 2 else (None, (1, 1, shape[0]))


def _fits(shape: tuple[int, ...], grid: Grid, order: IndexOrder) -> bool:
    images, height, width = grid
    tokens = height * width
    fixed = {
        "bhw": shape == (images, height, width),
        "bn": shape == (images, tokens),
        "m": shape == (images * tokens,),
        "bshw": len(shape) == 4 and (shape[0], *shape[2:]) == grid,
        "bhws": len(shape) == 4 and shape[:3] == grid,
        "bsn": len(shape) == 3 and (shape[0], shape[2]) == (images, tokens),
        "bns": len(shape) == 3 and shape[:2] == (images, tokens),
        "ms": len(shape) == 2 and shape[0] == images * tokens,
    }
    return bool(fixed[order])
