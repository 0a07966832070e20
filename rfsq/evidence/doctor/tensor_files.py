"""Tensors from files that somebody else wrote: .npy without pickle, and .safetensors. Nothing in them is executed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from rfsq.quantizers.foreign.manner import gathered, order_of
from rfsq.style.names import printable

LIMIT = 2**31  # bytes of a file


def read_tensor(path: Path, name: str) -> Tensor:
    """The tensor of a .npy file, or of a .safetensors file: its only one, or the one called `name`.

    Raises ValueError with one sentence for a file that is too large, damaged or of another kind.
    """
    shown = printable(path.name)
    if path.suffix not in (".npy", ".safetensors"):
        raise ValueError(f"{shown} is neither .npy nor .safetensors")
    if path.stat().st_size > LIMIT:
        raise ValueError(f"{shown} is larger than {LIMIT // 2**30} GiB")
    try:
        found = _numpy(path) if path.suffix == ".npy" else _safetensors(path, name)
    except (SafetensorError, EOFError, TypeError, ValueError) as error:
        raise ValueError(f"{shown} cannot be read: {' '.join(str(error).split())}") from error
    if not found.numel():
        raise ValueError(f"{shown} holds no values")
    return found


def read_latents(path: Path, name: str = "latents") -> Tensor:
    """Latents or quantized latents (P, D, h, w) float32. Raises ValueError for another shape and for what is not finite."""
    values = read_tensor(path, name)
    if values.ndim != 4 or not values.is_floating_point():
        raise ValueError(
            f"{printable(path.name)} holds {str(values.dtype).removeprefix('torch.')} {tuple(values.shape)}; "
            f"{name} are floating point (images, channels, h, w)"
        )
    if not bool(values.isfinite().all()):
        raise ValueError(f"{printable(path.name)} holds values that are not finite")
    return values.float()


def read_indices(path: Path, grid: tuple[int, int, int] | None) -> Tensor:
    """Indices (P, S, h, w) of whatever type, whole numbers; `grid` (P, h, w) is that of the latents, where there are any.

    Raises ValueError where the shape does not fit them.
    """
    values = read_tensor(path, "indices")
    shape = tuple(values.shape)
    if grid is None:
        if values.ndim not in (3, 4):
            raise ValueError(f"indices of shape {shape} need --latents beside them, or the form (images, S, h, w)")
        return values if values.ndim == 4 else values[:, None]
    order = order_of(shape, grid)
    if order is None:
        raise ValueError(f"indices of shape {shape} do not fit {grid[0]} images of {grid[1]}×{grid[2]} tokens")
    return gathered(values, order, grid)


def _numpy(path: Path) -> Tensor:
    array = np.load(path, allow_pickle=False)
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf":
        raise ValueError(f"it holds {getattr(array, 'dtype', type(array).__name__)}, and no numbers")
    if array.dtype.kind == "u" and array.dtype.itemsize > 1:
        array = array.astype(np.int64)
    return torch.from_numpy(np.ascontiguousarray(array))


def _safetensors(path: Path, name: str) -> Tensor:
    with safe_open(path, framework="pt") as file:
        names = list(file.keys())
        if name not in names and len(names) != 1:
            raise ValueError(f"it holds {', '.join(map(printable, names)) or 'nothing'}, and no {name}")
        return file.get_tensor(name if name in names else names[0])
