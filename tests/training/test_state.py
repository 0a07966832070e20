"""The saved state of a run: exact, atomic, and refused in one sentence when it is not of this run or not whole."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.training.state import Progress, StateError, load_state, save_state

Run = tuple[QuantizedAutoencoder, torch.optim.Optimizer]
IDENTITY = {"config": {"name": "tiny"}, "recipe": {"seed": 0}, "photos": 12}


def a_run(config: ModelConfig, seed: int, steps: int) -> Run:
    torch.manual_seed(seed)
    model = QuantizedAutoencoder(config).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for step in range(steps):
        learn((model, optimizer), step)
    return model, optimizer


def learn(run: Run, step: int) -> None:
    model, optimizer = run
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(step)) * 2 - 1
    optimizer.zero_grad()
    (model(images).images - images).abs().mean().backward()
    optimizer.step()


@pytest.fixture
def config(tiny: Callable[..., ModelConfig]) -> ModelConfig:
    return tiny("vq", num_stages=2, conditioning="layernorm-global")


def test_a_restored_run_continues_bit_for_bit(config: ModelConfig, tmp_path: Path) -> None:
    run, path = a_run(config, 0, 3), tmp_path / "state.safetensors"
    save_state(path, *run, Progress(3, 1, 7, 2.5), IDENTITY)
    other = a_run(config, 1, 0)
    assert load_state(path, *other, IDENTITY) == Progress(3, 1, 7, 2.5)
    for step in range(3, 6):
        learn(run, step)
        learn(other, step)
    for name, tensor in run[0].state_dict().items():
        assert torch.equal(tensor, other[0].state_dict()[name]), name
    assert os.listdir(tmp_path) == ["state.safetensors"]


def test_the_state_of_another_run_is_refused(config: ModelConfig, tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_state(path, *a_run(config, 0, 1), Progress(1), IDENTITY)
    for change in ({"config": {"name": "other"}}, {"recipe": {"seed": 1}}, {"photos": 13}):
        with pytest.raises(StateError, match="another config or recipe; choose another --out or delete it"):
            load_state(path, *a_run(config, 0, 0), IDENTITY | change)


def test_a_damaged_state_is_refused(config: ModelConfig, tmp_path: Path) -> None:
    run, path = a_run(config, 0, 1), tmp_path / "state.safetensors"
    save_state(path, *run, Progress(1), IDENTITY)
    content, tensors = path.read_bytes(), load_file(path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    for length in (0, 7, 8, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(StateError, match="not a whole training state"):
            load_state(path, *a_run(config, 0, 0), IDENTITY)
    without = {name: tensor for name, tensor in tensors.items() if name != "model.encoder.0.weight"}
    misnamed = tensors | {"optimizer.x.step": torch.zeros(())}
    for bad, meta in [
        (without, metadata),
        (misnamed, metadata),
        (tensors, metadata | {"progress": "{"}),
        (tensors, metadata | {"progress": '{"hour": 3}'}),
        (tensors, metadata | {"progress": "[1]"}),
    ]:
        save_file(bad, path, meta)
        with pytest.raises(StateError, match="not a whole training state"):
            load_state(path, *a_run(config, 0, 0), IDENTITY)
    save_file(tensors, path)
    with pytest.raises(StateError):
        load_state(path, *a_run(config, 0, 0), IDENTITY)


def test_a_failure_while_saving_keeps_the_last_state(
    config: ModelConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, path = a_run(config, 0, 1), tmp_path / "state.safetensors"
    save_state(path, *run, Progress(1), IDENTITY)
    learn(run, 1)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            save_state(path, *run, Progress(2), IDENTITY)
    assert os.listdir(tmp_path) == ["state.safetensors"]
    assert load_state(path, *a_run(config, 0, 0), IDENTITY).step == 1
