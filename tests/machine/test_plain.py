"""Plain data comes back as it was, of the type that was asked for; other bytes are an error and run nothing."""

from __future__ import annotations

import json
import os
import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, strategies as st

from rfsq.machine.plain import PlainError, from_bytes, to_bytes


@dataclass(frozen=True, eq=False)
class Inner:
    pair: tuple[int, str]
    colour: Literal["red", "green"] | None = None


@dataclass(frozen=True, eq=False)
class Outer:
    array: np.ndarray
    content: bytes
    scores: Mapping[str, tuple[float, ...]]
    inner: Inner
    list: list[Inner] = field(default_factory=list)
    maybe: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not self.scores:
            raise ValueError("there are no scores")


OUTER = Outer(
    np.arange(6, dtype=np.int64).reshape(1, 2, 3)[:, ::-1],  # not contiguous
    b"\x00bytes",
    {"psnr_db": (1, 2.5, float("inf")), "none": ()},  # type: ignore[dict-item]  # a whole number is a number
    Inner((3, "three")),
    [Inner((4, "four"), "red")],
)


def test_a_value_comes_back_as_it_was() -> None:
    found = from_bytes(to_bytes(OUTER), Outer)
    assert isinstance(found, Outer) and isinstance(found.inner, Inner)
    np.testing.assert_array_equal(found.array, OUTER.array)
    assert found.array.dtype == np.int64 and found.array.flags.writeable
    assert found.content == OUTER.content and found.scores == OUTER.scores and found.maybe is None
    assert (found.inner.pair, found.inner.colour, found.list[0].colour) == ((3, "three"), None, "red")
    empty = from_bytes(to_bytes(np.empty((0, 2), np.float32)), np.ndarray)
    assert empty.shape == (0, 2) and empty.dtype == np.float32
    assert from_bytes(to_bytes(b""), bytes) == b"" and from_bytes(to_bytes(np.float64(0.5)), float) == 0.5


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_values_come_back_where_the_type_is_left_open(value: Any) -> None:
    assert from_bytes(to_bytes(value), Any) == value


@given(st.binary(max_size=200))
def test_other_bytes_are_an_error_and_nothing_else(content: bytes) -> None:
    with pytest.raises(PlainError):
        from_bytes(content, Outer)


@given(st.data())
def test_a_changed_byte_is_an_error_or_a_value_of_the_type(data: st.DataObject) -> None:
    content = bytearray(to_bytes(OUTER))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = from_bytes(bytes(content), Outer)
    except PlainError:
        return
    assert isinstance(found.array, np.ndarray) and isinstance(found.content, bytes)
    assert all(isinstance(value, float) for values in found.scores.values() for value in values)


class Evil:
    def __reduce__(self) -> Any:
        return os.mkdir, ("made-by-an-answer",)


def test_a_pickle_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (pickle.dumps(Evil()), struct.pack("<I", 4) + b"null" + pickle.dumps(Evil())):
        with pytest.raises(PlainError, match="damaged"):
            from_bytes(content, Any)
    assert not list(tmp_path.iterdir())


def raw(record: Any) -> bytes:
    """As `to_bytes`, of a record with one tensor of two numbers."""
    text = json.dumps(record).encode()
    return struct.pack("<I", len(text)) + text + to_bytes(np.zeros(2))[4 + len("0") :]


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (int, "3"),
        (int, True),
        (bool, 1),
        (float, "nan"),
        (str, None),
        (None, 0),
        (np.ndarray, 1),
        (np.ndarray, "0"),
        (bytes, 0),  # a tensor, but not of bytes
        (tuple[int, str], [1]),
        (tuple[int, str], ["1", 1]),
        (list[int], {"0": 1}),
        (dict[str, int], [1]),
        (dict[str, int], {"a": 1.5}),
        (int | None, "none"),
        (Literal["red", 1], True),
        (Inner, {"pair": [1, "one"]}),
        (Inner, {"pair": [1, "one"], "colour": "red", "more": 1}),
        (Inner, {"pair": [1, "one"], "colour": "blue"}),
        (Outer, {"array": 0, "content": 0, "scores": {}, "inner": None, "list": [], "maybe": None}),
    ],
)
def test_a_value_of_another_type_is_an_error(kind: Any, record: Any) -> None:
    with pytest.raises(PlainError):
        from_bytes(raw(record), kind)


def test_what_a_class_refuses_is_an_error() -> None:
    content = to_bytes(OUTER)
    (length,) = struct.unpack_from("<I", content)
    changed = json.dumps(json.loads(content[4 : 4 + length]) | {"scores": {}}).encode()
    with pytest.raises(PlainError, match="no Outer: there are no scores"):
        from_bytes(struct.pack("<I", len(changed)) + changed + content[4 + length :], Outer)


@pytest.mark.parametrize("value", [{1: "one"}, {"a": object()}, {3}, Path("x"), 1j, int])
def test_what_is_not_plain_is_refused_where_it_is_sent(value: Any) -> None:
    with pytest.raises(TypeError, match="not plain data"):
        to_bytes(value)
