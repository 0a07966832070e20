"""Tensors from files that somebody else wrote: .npy without pickle, and .safetensors. Nothing in them is executed, and what
a header promises is held against the size of the file before any memory is taken for it."""

from __future__ import annotations

import math
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from rfsq.style.names import printable

LIMIT = 2**31  # bytes of a file
_MOST_TENSORS = 1000  # of a file
_MOST_AXES = 8
_HEADER = 10_000  # bytes of a .npy header, as numpy limits it
_KINDS = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "BOOL": "bool"}
_WRONG = (SafetensorError, ValueError, TypeError, KeyError, EOFError, OverflowError)
_BROKEN_TEXT = (SyntaxError, tokenize.TokenError, RecursionError, MemoryError)  # of a header that is parsed

T = TypeVar("T")


@dataclass(frozen=True)
class TensorEntry:
    """One tensor of a file, not read yet."""

    name: str  # in the file; empty in a .npy, which holds one
    kind: str  # of its numbers: "float32", "int64"
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class StoredTensor:
    """A tensor as a file holds it."""

    file: str  # name, without characters that act on a terminal
    kind: str  # of its numbers in the file
    values: Tensor  # floating point, or int64 for whole numbers of every size that torch cannot count with

    @property
    def words(self) -> str:
        """ "z.npy, float32 (16, 5, 8, 8)"."""
        return f"{self.file}, {self.kind} {tuple(self.values.shape)}"


def tensor_place(text: str) -> tuple[Path, str | None]:
    """A file, and the name of a tensor in it where one is said: "z.safetensors:ids".

    >>> path, name = tensor_place("z.safetensors:ids")
    >>> str(path), name
    ('z.safetensors', 'ids')
    """
    path, mark, name = text.partition(".safetensors:")
    return (Path(f"{path}.safetensors"), name) if mark and name else (Path(text), None)


def tensors_in(path: Path) -> list[TensorEntry]:
    """What a file holds, by its header. Raises ValueError with one sentence for a file that is too large, damaged or of
    another kind."""
    return _opened(path, _entry_of_numpy if path.suffix == ".npy" else _entries_of_safetensors)


def read_tensor(path: Path, name: str) -> StoredTensor:
    """The tensor of a .npy file, or of a .safetensors file: its only one, or the one called `name`. Raises ValueError as
    `tensors_in` does, and for what is neither floating point nor whole numbers."""
    entries = tensors_in(path)
    names = [entry.name for entry in entries]
    if path.suffix == ".npy":
        name = ""
    elif name not in names:
        if len(names) != 1:
            held = ", ".join(map(printable, names[:8])) or "nothing"
            raise ValueError(f"{printable(path.name)} cannot be read: it holds {held}, and no {printable(name)}")
        [name] = names
    entry = entries[names.index(name)]
    if not math.prod(entry.shape):
        raise ValueError(f"{printable(path.name)} holds no values")
    if not entry.kind.startswith(("float", "bfloat", "int", "uint")):
        raise ValueError(f"{printable(path.name)} cannot be read: it holds {printable(entry.kind)}, and no numbers")
    values = _opened(path, _numpy_values if path.suffix == ".npy" else lambda file: _safetensors_values(file, name))
    return StoredTensor(printable(path.name), entry.kind, values)


def read_latents(path: Path, name: str = "latents") -> Tensor:
    """Latents (P, D, h, w) float32, channel first. Raises ValueError for another shape and for what is not finite."""
    stored = read_tensor(path, name)
    if stored.values.ndim != 4 or not stored.values.is_floating_point():
        raise ValueError(
            f"{stored.file} holds {stored.kind} {tuple(stored.values.shape)}; "
            f"{name} are floating point (images, channels, h, w)"
        )
    return finite(stored)


def finite(stored: StoredTensor) -> Tensor:
    """Floating point values as float32. Raises ValueError for what is not finite, and says how much of it there is."""
    if not stored.values.is_floating_point():
        raise ValueError(f"{stored.file} holds {stored.kind}; latents are floating point")
    values = stored.values.float()
    if wrong := values.numel() - int(values.isfinite().sum()):
        raise ValueError(
            f"{stored.file} holds {wrong} of {values.numel()} values that are not finite (NaN or infinity)"
        )
    return values


def whole(stored: StoredTensor) -> Tensor:
    """Indices: whole numbers, in floating point if they are stored so. Raises ValueError for anything else."""
    values = stored.values
    if values.is_floating_point():
        if values.dtype != torch.float64:
            values = values.float()  # torch cannot round every type
        if not bool((values == values.round()).all()) or not bool((values.abs() < 2**53).all()):
            raise ValueError(
                f"{stored.file} holds {stored.kind} that are no whole numbers; indices are (are these the latents?)"
            )
        return stored.values if stored.values.dtype in (torch.float16, torch.bfloat16) else values
    return values


def _opened(path: Path, read: Callable[[Path], T]) -> T:
    shown = printable(path.name)
    if path.suffix not in (".npy", ".safetensors"):
        raise ValueError(f"{shown} is neither .npy nor .safetensors")
    if path.stat().st_size > LIMIT:
        raise ValueError(f"{shown} is larger than {LIMIT // 2**30} GiB")
    try:
        return read(path)
    except _WRONG as error:
        words = printable(" ".join(str(error).split()))[:200]
        raise ValueError(f"{shown} cannot be read: {words}") from error
    except _BROKEN_TEXT as error:
        raise ValueError(f"{shown} cannot be read: its header makes no sense") from error


def _entry_of_numpy(path: Path) -> list[TensorEntry]:
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"it has version {version[0]}.{version[1]} of the format, which holds no plain numbers")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(file, max_header_size=_HEADER)
        start = file.tell()
    if kind.kind not in "iuf" or kind.itemsize > 8:
        raise ValueError(f"it holds {'Python objects' if kind.hasobject else kind}, and no numbers")
    entry = TensorEntry("", kind.newbyteorder("=").name, _checked_shape(shape))
    promised, there = math.prod(entry.shape) * kind.itemsize, path.stat().st_size - start
    if promised != there:
        raise ValueError(f"its header promises {promised} bytes, and {there} are there")
    return [entry]


def _numpy_values(path: Path) -> Tensor:
    array = np.load(path, allow_pickle=False)
    array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind == "u":
        if array.dtype.itemsize == 8 and int(array.max()) >= 2**63:
            raise ValueError("it holds whole numbers beyond 2^63 − 1")
        array = array.astype(np.int64)
    return torch.from_numpy(np.ascontiguousarray(array))


def _entries_of_safetensors(path: Path) -> list[TensorEntry]:
    with safe_open(path, framework="pt") as file:
        names = list(file.keys())
        if len(names) > _MOST_TENSORS:
            raise ValueError(f"it holds {len(names)} tensors; {_MOST_TENSORS} are the limit")
        slices = {name: file.get_slice(name) for name in names}
        return [
            TensorEntry(name, _kind_of(part.get_dtype()), _checked_shape(part.get_shape()))
            for name, part in slices.items()
        ]


def _safetensors_values(path: Path, name: str) -> Tensor:
    with safe_open(path, framework="pt") as file:
        values: Tensor = file.get_tensor(name)
    if values.dtype in (torch.uint16, torch.uint32, torch.uint64, torch.uint8):
        if values.dtype == torch.uint64 and bool((values.view(torch.int64) < 0).any()):
            raise ValueError("it holds whole numbers beyond 2^63 − 1")
        values = values.to(torch.int64)
    return values


def _kind_of(code: str) -> str:
    """ "float32" for "F32"."""
    if code in _KINDS:
        return _KINDS[code]
    return {"I": "int", "U": "uint"}.get(code[:1], code[:1]) + code[1:] if code[1:].isdigit() else code.lower()


def _checked_shape(shape: object) -> tuple[int, ...]:
    sizes = tuple(shape) if isinstance(shape, list | tuple) else ()
    if len(sizes) > _MOST_AXES or not all(isinstance(size, int) and 0 <= size < 2**48 for size in sizes):
        raise ValueError(f"a shape of {len(sizes)} axes such as {str(sizes)[:40]} is no tensor of latents or indices")
    return sizes
