"""Frozen dataclasses that come from JSON files, ours or a stranger's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Self

ADDED_LATER = {"added later": True}
"""Metadata of a field that older files lack: it is written only where it differs from its default, so that they stay."""


class JsonConfig:
    """Base of the dataclasses. Field types may be str, bool, int, float, tuples of int, literals and optional literals."""

    def check_types(self) -> None:
        """Raises ValueError for a value of a wrong type, which would otherwise fail deep inside a layer."""
        for one in _fields(type(self)):
            value = getattr(self, one.name)
            if not _fits(value, str(one.type)):
                raise ValueError(f"{one.name} must be {one.type}, got {value!r}")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values. Tuples are kept; JSON makes lists of them."""
        values = {one.name: getattr(self, one.name) for one in _fields(type(self))}
        return {
            one.name: values[one.name]
            for one in _fields(type(self))
            if not (one.metadata == ADDED_LATER and values[one.name] == one.default)
        }

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Rebuild a config from parsed JSON. Raises ValueError naming unknown, missing or impossible values."""
        if not isinstance(values, Mapping):
            raise ValueError(f"a {cls.__name__} must be a JSON object, got {type(values).__name__}")
        required = {one.name: one.default is MISSING for one in _fields(cls)}
        if unknown := [str(key) for key in values if key not in required]:
            raise ValueError(f"unknown {cls.__name__} field(s): {', '.join(unknown)}")
        if missing := [name for name, needed in required.items() if needed and name not in values]:
            raise ValueError(f"missing {cls.__name__} field(s): {', '.join(missing)}")
        return cls(**{key: _as_tuple(value) for key, value in values.items()})


def _fields(cls: type) -> tuple[Field[Any], ...]:
    return fields(cls)


def _fits(value: object, kind: str) -> bool:
    if kind == "str":
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "float":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in ("tuple[int, ...]", "tuple[int, int]"):
        return _is_int_tuple(value)
    if kind == "tuple[tuple[int, ...], ...]":
        return isinstance(value, tuple) and all(_is_int_tuple(item) for item in value)
    return value is None or isinstance(value, str)  # a literal, whose values the config checks


def _is_int_tuple(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(v, int) and not isinstance(v, bool) for v in value)


def _as_tuple(value: object) -> object:
    return tuple(_as_tuple(item) for item in value) if isinstance(value, list) else value
