"""Files that a person brings are checked like files on disk, and which tensor is which is guessed."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from safetensors.torch import save

from rfsq.app.doctor import files
from rfsq.app.doctor.files import open_file, stored, with_files
from rfsq.app.doctor.roles import Held, guess_roles
from rfsq.evidence.doctor.tensor_files import TensorEntry


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_a_file_is_known_by_its_header_and_read_when_asked() -> None:
    file = open_file("dir/../z.safetensors", save({"z": torch.ones(2, 3), "ids": torch.arange(2)}))
    assert file.name == "z.safetensors" and {held.entry.name for held in file.held} == {"z", "ids"}
    found = stored([file], next(held for held in file.held if held.entry.name == "z"))
    assert found is not None and found.file == "z.safetensors" and torch.equal(found.values, torch.ones(2, 3))
    assert stored([file], None) is None


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("evil.npy", b"\x80\x04\x95pickle", "evil.npy cannot be read"),
        ("model.pt", b"", "model.pt is neither .npy nor .safetensors"),
        ("../../etc/passwd", b"", "passwd is neither"),
        ("a\x1b[31m.npy", npy(np.zeros(2))[:50], "cannot be read"),
        ("empty.safetensors", save({}), "holds no tensors"),
        ("x" * 500 + ".pt", b"", "…x+.pt is neither"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_with_the_file_s_name(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as raised:
        open_file(name, content)
    assert len(str(raised.value)) < 300 and "\x1b" not in str(raised.value) and "tensor." not in str(raised.value)


def test_files_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = open_file("a.npy", npy(np.zeros(200))), open_file("b.npy", npy(np.zeros(200)))
    assert [file.name for file in with_files([one], [other])] == ["a.npy", "b.npy"]
    again = open_file("a.npy", npy(np.ones(3)))
    assert with_files([one, other], [again]) == [again, other]
    monkeypatch.setattr(files, "MOST_MB", 0.002)
    with pytest.raises(ValueError, match="together the files have"):
        with_files([one], [other])
    monkeypatch.setattr(files, "MOST_FILES", 1)
    with pytest.raises(ValueError, match="2 files are too many"):
        with_files([one], [other])


def held(file: str, kind: str, *shape: int, name: str = "") -> Held:
    return Held(file, TensorEntry(name, kind, shape))


def test_roles_are_guessed_by_types_and_names() -> None:
    i, z, q = (
        held("i.npy", "int64", 4, 8, 8),
        held("a.npy", "float32", 4, 5, 8, 8),
        held("b.npy", "float32", 4, 5, 8, 8),
    )
    assert (
        guess_roles([z, i]).indices is i and guess_roles([z, i]).latents is z and guess_roles([z, i]).quantized is None
    )
    roles = guess_roles([z, q, i])  # no name tells: the first is the latents
    assert (roles.latents, roles.quantized) == (z, q)
    named = held("b_quantized.npy", "float32", 2, 4, 5, 8, 8)
    roles = guess_roles([named, z, i])
    assert (roles.latents, roles.quantized) == (z, named)
    alone = guess_roles([q])
    assert (alone.indices, alone.latents) == (None, q)
    inside = [held("all.safetensors", "float32", 4, 5, 8, 8, name=name) for name in ("z_q", "z_e", "indices")]
    roles = guess_roles(inside)
    assert (roles.quantized, roles.latents, roles.indices) == tuple(inside)
    only = guess_roles([named])
    assert only.latents is named and only.quantized is None
