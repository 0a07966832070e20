"""Plain data as bytes and back: JSON, and safetensors for what is large. Nothing in the bytes can run.

    4 bytes   length of the JSON, little-endian
    JSON      the value; an array or bytes stand there as the number of a tensor
    rest      safetensors: the tensors, named "0", "1", …

Who reads says of what type the value is, and gets a value of that type or an error: None, bool, int, float, str, bytes,
numpy arrays, lists, tuples, dicts with text for keys, dataclasses of these, unions and literals. NaN and infinity are numbers.
"""

from __future__ import annotations

import dataclasses
import json
import struct
import types
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

_LENGTH = struct.Struct("<I")


class PlainError(ValueError):
    """Bytes are not what was to be read; the message says why, as a part of a sentence."""


def to_bytes(value: object) -> bytes:
    """Raises TypeError for a value that is not plain data."""
    arrays: list[np.ndarray] = []
    text = json.dumps(_reduced(value, arrays)).encode()
    tensors = {str(number): np.ascontiguousarray(array) for number, array in enumerate(arrays)}
    return _LENGTH.pack(len(text)) + text + save(tensors)


def from_bytes(content: bytes, kind: Any) -> Any:
    """A value of type `kind`. Raises PlainError."""
    try:
        (length,) = _LENGTH.unpack_from(content)
        start = _LENGTH.size + length
        record = json.loads(content[_LENGTH.size : start])
        tensors = load(content[start:])
    except (struct.error, ValueError, RecursionError, SafetensorError, KeyError, TypeError) as error:
        raise PlainError("it is damaged") from error
    return _made(record, kind, tensors)


def _reduced(value: object, arrays: list[np.ndarray]) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, bytes | np.ndarray):
        arrays.append(np.frombuffer(value, np.uint8) if isinstance(value, bytes) else value)
        return len(arrays) - 1
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: _reduced(getattr(value, one.name), arrays) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping) and all(type(key) is str for key in value):
        return {key: _reduced(one, arrays) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_reduced(one, arrays) for one in value]
    raise TypeError(f"{type(value).__name__} is not plain data")


def _made(record: Any, kind: Any, tensors: Mapping[str, np.ndarray]) -> Any:
    if kind is Any:
        return record
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(record, get_args(kind), tensors)
    if origin is Literal:
        if any(type(record) is type(one) and record == one for one in get_args(kind)):
            return record
    elif origin in (list, tuple, Sequence):
        if isinstance(record, list):
            return _sequence(record, origin, get_args(kind), tensors)
    elif origin in (dict, Mapping):
        if isinstance(record, dict):
            return {key: _made(one, get_args(kind)[1], tensors) for key, one in record.items()}
    elif kind in (np.ndarray, bytes):
        array = tensors.get(str(record)) if type(record) is int else None
        if array is not None and kind is np.ndarray:
            return array.copy()
        if array is not None and array.dtype == np.uint8 and array.ndim == 1:
            return array.tobytes()
    elif dataclasses.is_dataclass(kind):
        return _dataclass(record, kind, tensors)
    elif kind is float and type(record) is int:
        return float(record)
    elif type(record) is kind:
        return record
    elif record is None and kind in (None, types.NoneType):
        return None
    raise PlainError(f"{record!r:.40} is not of type {getattr(kind, '__name__', kind)}")


def _one_of(record: Any, kinds: Sequence[Any], tensors: Mapping[str, np.ndarray]) -> Any:
    if record is None and types.NoneType in kinds:
        return None
    for kind in kinds:
        try:
            return _made(record, kind, tensors)
        except PlainError as error:
            reason = error
    raise reason


def _sequence(record: list[Any], origin: Any, kinds: Sequence[Any], tensors: Mapping[str, np.ndarray]) -> Any:
    if origin is not tuple or kinds[1:] == (...,):
        kinds = [kinds[0]] * len(record)
    elif len(kinds) != len(record):
        raise PlainError(f"there are {len(record)} values for {len(kinds)}")
    made = [_made(one, kind, tensors) for one, kind in zip(record, kinds, strict=True)]
    return made if origin is list else tuple(made)


def _dataclass(record: Any, kind: Any, tensors: Mapping[str, np.ndarray]) -> Any:
    hints = _hints(kind)
    if not isinstance(record, dict) or record.keys() != hints.keys():
        raise PlainError(f"it does not have the fields of {kind.__name__}")
    try:
        return kind(**{name: _made(record[name], hint, tensors) for name, hint in hints.items()})
    except PlainError:
        raise
    except (ValueError, TypeError) as error:
        raise PlainError(f"it is no {kind.__name__}: {error}") from error


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    found = get_type_hints(kind)
    return {one.name: found[one.name] for one in dataclasses.fields(kind)}
