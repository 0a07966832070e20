"""Files of tensors are read without executing anything, and what is wrong with one is a sentence."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save, save_file

from rfsq.evidence.doctor import tensor_files
from rfsq.evidence.doctor.tensor_files import TensorEntry, read_latents, read_tensor, tensors_in


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('executed')",))


def header(text: str, *, version: bytes = b"\x01\x00", body: bytes = b"") -> bytes:
    """A .npy file with this header."""
    padded = text.encode() + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H" if version == b"\x01\x00" else "<I", len(padded)) + padded + body


def stated(tensors: object, body: bytes = b"") -> bytes:
    """A .safetensors file with this header."""
    text = json.dumps(tensors).encode()
    return struct.pack("<Q", len(text)) + text + body


def test_tensors_come_back_from_both_kinds_of_files(tmp_path: Path) -> None:
    z = torch.randn(2, 3, 4, 5)
    np.save(tmp_path / "z.npy", z.numpy())
    save_file({"latents": z, "ids": torch.arange(4, dtype=torch.int16)}, tmp_path / "z.safetensors")
    assert torch.equal(read_latents(tmp_path / "z.npy"), z)
    assert torch.equal(read_latents(tmp_path / "z.safetensors"), z)
    assert tensors_in(tmp_path / "z.npy") == [TensorEntry("", "float32", (2, 3, 4, 5))]
    assert sorted(tensors_in(tmp_path / "z.safetensors"), key=lambda entry: entry.name) == [
        TensorEntry("ids", "int16", (4,)),
        TensorEntry("latents", "float32", (2, 3, 4, 5)),
    ]


@pytest.mark.parametrize(
    "kind", [np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, ">i4", ">f8", np.float16]
)
def test_every_type_of_numbers_is_taken_and_named(tmp_path: Path, kind: str) -> None:
    values = np.arange(40).astype(kind).reshape(2, 20)
    np.save(tmp_path / "i.npy", values)
    stored = read_tensor(tmp_path / "i.npy", "indices")
    assert stored.values.flatten().tolist() == list(range(40))
    assert stored.kind == np.dtype(kind).newbyteorder("=").name
    if values.dtype.byteorder != ">":
        (tmp_path / "i.safetensors").write_bytes(save({"i": torch.from_numpy(values)}))
        there = read_tensor(tmp_path / "i.safetensors", "indices")
        assert there.values.flatten().tolist() == list(range(40)) and there.kind == stored.kind


def test_a_pickle_is_refused_and_never_run(tmp_path: Path) -> None:
    np.save(tmp_path / "evil.npy", np.array([Harmful()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="evil.npy cannot be read: it holds Python objects, and no numbers"):
        read_tensor(tmp_path / "evil.npy", "latents")


BOMB = {"a": {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 4]}}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pt", b"", "neither .npy nor .safetensors"),
        ("a.npy", b"no array", "cannot be read"),
        ("a.npy", b"", "cannot be read"),
        ("a.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 8), }"), "header promises"),
        (
            "a.npy",
            header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", body=b"123"),
            "promises 8 bytes, and 3",
        ),
        ("a.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), "is no tensor"),
        ("a.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)*99, }"), "cannot be read"),
        ("a.npy", header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", body=b"x"), "Python objects"),
        ("a.npy", header("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", body=bytes(8)), "no numbers"),
        ("a.npy", header("{'descr': '|S5', 'fortran_order': False, 'shape': (1,), }", body=bytes(5)), "no numbers"),
        (
            "a.npy",
            header("{'descr': [('a','<f4')], 'fortran_order': False, 'shape': (1,), }", body=bytes(4)),
            "no numbers",
        ),
        ("a.npy", header("(" * 4000), "cannot be read"),
        ("a.npy", header("[" * 9000), "cannot be read"),
        ("a.npy", header("__import__('os').abort()"), "cannot be read"),
        ("a.npy", header("x" * 20_000), "cannot be read"),
        ("a.npy", header("{}", version=b"\x03\x00"), "version 3.0"),
        ("a.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }"), "no values"),
        ("a.safetensors", b"\xff" * 20, "cannot be read"),
        ("a.safetensors", stated(BOMB, bytes(4)), "cannot be read"),
        (
            "a.safetensors",
            stated({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(3)),
            "cannot be read",
        ),
        ("a.safetensors", stated([1]), "cannot be read"),
        ("a.safetensors", stated({}), "it holds nothing"),
        (
            "a.safetensors",
            stated({"a": {"dtype": "BOOL", "shape": [2], "data_offsets": [0, 2]}}, bytes(2)),
            "no numbers",
        ),
        ("a.safetensors", stated({"a": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}), "no values"),
    ],
)
def test_damaged_and_hostile_files_end_in_a_sentence(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=sentence) as raised:
        read_tensor(tmp_path / name, "latents")
    assert len(str(raised.value)) < 300 and "\n" not in str(raised.value)


def test_numbers_too_large_for_int64_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "i.npy", np.array([2**63], dtype=np.uint64))
    (tmp_path / "i.safetensors").write_bytes(save({"i": torch.from_numpy(np.array([2**63], dtype=np.uint64))}))
    for name in ("i.npy", "i.safetensors"):
        with pytest.raises(ValueError, match="beyond 2"):
            read_tensor(tmp_path / name, "indices")


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "z.npy", np.zeros((3, 4), dtype=np.float32))
    monkeypatch.setattr(tensor_files, "LIMIT", 20)
    with pytest.raises(ValueError, match="is larger than"):
        tensors_in(tmp_path / "z.npy")


def test_shapes_and_values_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "flat.npy", np.zeros((3, 4), dtype=np.float32))
    np.save(tmp_path / "nan.npy", np.full((1, 1, 2, 2), np.nan, dtype=np.float32))
    np.save(tmp_path / "words.npy", np.array(["a"]))
    for name, sentence in {
        "flat": "float32",
        "nan": "4 of 4 values that are not finite",
        "words": "no numbers",
    }.items():
        with pytest.raises(ValueError, match=sentence):
            read_latents(tmp_path / f"{name}.npy")


def test_bytes_that_were_changed_anywhere_end_in_a_sentence_or_in_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "z.npy", np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    save_file({"indices": torch.arange(24).view(2, 12), "z": torch.zeros(2, 3)}, tmp_path / "z.safetensors")
    draw = random.Random(0)
    for name in ("z.npy", "z.safetensors"):
        whole = (tmp_path / name).read_bytes()
        for _ in range(400):
            damaged = bytearray(whole[: draw.randrange(len(whole)) if draw.random() < 0.2 else len(whole)])
            for _ in range(draw.randrange(1, 6) if damaged else 0):
                damaged[draw.randrange(min(len(damaged), 200))] = draw.randrange(256)
            file = tmp_path / f"damaged{(tmp_path / name).suffix}"
            file.write_bytes(damaged)
            try:
                read_tensor(file, "indices")
            except ValueError as error:
                assert len(str(error)) < 400
