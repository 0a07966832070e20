"""Files of tensors are read without executing anything, and what is wrong with one is a sentence."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from rfsq.evidence.doctor.tensor_files import read_indices, read_latents, read_tensor


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('executed')",))


def test_latents_and_indices_come_back_from_both_kinds_of_files(tmp_path: Path) -> None:
    z = torch.randn(2, 3, 4, 5)
    np.save(tmp_path / "z.npy", z.numpy())
    save_file({"latents": z, "other": z[:1].clone()}, tmp_path / "z.safetensors")
    np.save(tmp_path / "i.npy", np.arange(40, dtype=np.uint16).reshape(2, 20))
    assert torch.equal(read_latents(tmp_path / "z.npy"), z)
    assert torch.equal(read_latents(tmp_path / "z.safetensors"), z)
    assert read_indices(tmp_path / "i.npy", (2, 4, 5)).flatten().tolist() == list(range(40))


def test_a_pickle_is_refused_and_never_run(tmp_path: Path) -> None:
    np.save(tmp_path / "evil.npy", np.array([Harmful()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="evil.npy cannot be read"):
        read_tensor(tmp_path / "evil.npy", "latents")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pt", b"", "neither .npy nor .safetensors"),
        ("a.npy", b"no array", "cannot be read"),
        ("a.npy", b"", "cannot be read"),
        ("a.safetensors", b"\xff" * 20, "cannot be read"),
    ],
)
def test_damaged_and_foreign_files_end_in_a_sentence(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        read_tensor(tmp_path / name, "latents")


def test_shapes_and_values_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "flat.npy", np.zeros((3, 4), dtype=np.float32))
    np.save(tmp_path / "nan.npy", np.full((1, 1, 2, 2), np.nan, dtype=np.float32))
    np.save(tmp_path / "words.npy", np.array(["a"]))
    for name, sentence in {"flat": "float32", "nan": "not finite", "words": "no numbers"}.items():
        with pytest.raises(ValueError, match=sentence):
            read_latents(tmp_path / f"{name}.npy")
    with pytest.raises(ValueError, match="do not fit 2 images"):
        read_indices(tmp_path / "flat.npy", (2, 4, 5))
