"""Checkpoints: what was saved comes back, what is missing is named, and folders are searched."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from made_checkpoints import Tiny, error_of, saved

from rfsq.model.checkpoint import (
    CheckpointError,
    available_models,
    checkpoints_in,
    load_checkpoint,
    read_info,
    save_checkpoint,
    zoo_checkpoint,
)
from rfsq.model.library import load_model
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import zoo_config


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "fsq"},
        {"kind": "lfq"},
        {"kind": "vq"},
        {"kind": "continuous"},
        {"num_stages": 2, "conditioning": "scale"},
        {"num_stages": 2, "conditioning": "layernorm"},
        {"kind": "vq", "num_stages": 3, "conditioning": "layernorm-global"},
        {"num_stages": 4, "conditioning": "geometric"},
    ],
    ids=str,
)
def test_a_model_comes_back_as_it_was_saved(tiny: Tiny, tmp_path: Path, values: dict[str, Any]) -> None:
    model, path = saved(tiny(**values), tmp_path)
    loaded = load_checkpoint(path)
    assert loaded.info.config == model.config and not loaded.model.training
    assert loaded.info.training == {"seed": 0, "hours": 0.5}
    originals = model.state_dict()
    for name, tensor in loaded.model.state_dict().items():
        wanted = originals[name].half().to(originals[name].dtype) if tensor.ndim == 4 else originals[name]
        assert tensor.dtype == wanted.dtype and torch.equal(tensor, wanted), name
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())
    images = torch.rand(1, 3, 10, 9) * 2 - 1
    again = tmp_path / "again.safetensors"
    save_checkpoint(loaded.model, again, training={})
    assert again.read_bytes() == path.read_bytes()  # nothing is lost by saving what was loaded
    assert torch.equal(load_model(str(again)).reconstruct(images), loaded.model.reconstruct(images))
    assert sorted(os.listdir(tmp_path)) == ["again.json", "again.safetensors", "tiny.json", "tiny.safetensors"]


def test_what_could_not_be_loaded_is_not_written(tiny: Tiny, tmp_path: Path) -> None:
    model, path = saved(tiny(), tmp_path)
    before = [path.read_bytes(), path.with_suffix(".json").read_bytes()]
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_checkpoint(model, path, training={"loss": float("nan")})
    with torch.no_grad():
        model.decoder[0].weight[0] = 1e6  # beyond half precision
    with pytest.raises(CheckpointError, match="decoder.0.weight holds values that are not finite"):
        save_checkpoint(model, path, training={})
    assert [path.read_bytes(), path.with_suffix(".json").read_bytes()] == before


def test_missing_files_are_named(files: Path, tmp_path: Path) -> None:
    assert "There is no file" in error_of(tmp_path / "other.safetensors")
    weights = files.read_bytes()
    files.unlink()
    assert "There is no file" in error_of(files) and files.name in error_of(files)
    files.mkdir()
    assert "cannot be read" in error_of(files)
    files.rmdir()
    files.write_bytes(weights)
    files.with_suffix(".json").unlink()
    assert "tiny.json" in error_of(files)


@pytest.mark.parametrize("name", ["", "\0.safetensors", "a" * 5000 + ".safetensors", "..", "no-such-model", "/"])
def test_impossible_names_are_refused(name: str) -> None:
    with pytest.raises(CheckpointError):
        load_model(name)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rfsq-4x1024-layrnorm", r"is called 'rfsq-4x1024-layrnorm'; the nearest names are rfsq-4x1024-layernorm, "),
        ("zzz", r"^No model is called 'zzz'; `rfsq models` lists all, and a .safetensors file is named by its path.$"),
        ("a" * 5000, "No model is called"),
        ("folder/zzz", r"^There is no file .*folder/zzz.json.$"),
        ("zzz.safetensors", r"^There is no file zzz.json.$"),
    ],
)
def test_a_mistyped_name_is_told_from_a_missing_file(name: str, sentence: str) -> None:
    with pytest.raises(CheckpointError, match=sentence):
        load_model(name)


def test_weights_of_another_model_are_not_taken_for_these(tiny: Tiny, files: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    model = QuantizedAutoencoder(read_info(files).config)
    save_checkpoint(model, other / "tiny.safetensors", training={})
    files.write_bytes((other / "tiny.safetensors").read_bytes())
    assert "not the file that tiny.json describes" in error_of(files)


def test_the_folder_of_the_zoo_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    assert available_models() == ()
    for name in ("continuous-5", "fsq-8x8x8x8"):
        save_checkpoint(QuantizedAutoencoder(zoo_config(name)), zoo_checkpoint(name), training={})
    zoo_checkpoint("lfq-12").write_bytes(b"weights without a description")
    assert available_models() == ("fsq-8x8x8x8", "continuous-5")
    assert load_model("continuous-5").config.name == "continuous-5"
    assert zoo_checkpoint("continuous-5").stat().st_size < 2_300_000  # half precision


def test_checkpoints_of_a_folder_are_those_with_their_description(files: Path) -> None:
    for name in ("tiny.calibration.safetensors", "state.safetensors"):
        files.with_name(name).write_bytes(b"no checkpoint")
    deeper = files.parent / "deeper" / "tiny.safetensors"
    deeper.parent.mkdir()
    for file in (files, files.with_suffix(".json")):
        (deeper.parent / file.name).write_bytes(file.read_bytes())
    assert checkpoints_in(files.parent) == [deeper, files]
    files.with_suffix(".json").unlink()
    assert checkpoints_in(files.parent) == [deeper]
    with pytest.raises(CheckpointError, match="No checkpoint"):
        checkpoints_in(files.parent / "nowhere")
