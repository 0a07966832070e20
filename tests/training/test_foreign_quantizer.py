"""A network is trained with a quantizer from outside, and measured with it again."""

import json
from pathlib import Path

import pytest

from rfsq.commands.cli import main
from rfsq.model.checkpoint import CheckpointError, load_checkpoint
from rfsq.model.foreign import fit_foreign_to, quantizer_path
from rfsq.quantizers.foreign import Reference

MINE = """
import torch
from torch import nn

class Scaled(nn.Module):
    codebook_size = 32
    def __init__(self):
        super().__init__()
        self.size = nn.Parameter(torch.ones(()))
    def forward(self, z):
        indices = ((z > 0) * 2 ** torch.arange(5)).sum(-1)
        return torch.where(z > 0, 1.0, -1.0) * self.size + (z - z.detach()), indices, z.square().mean() * 0.01

class Other(Scaled):
    def __init__(self):
        super().__init__()
        self.another = nn.Parameter(torch.ones(3))
"""


@pytest.fixture()
def mine(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(MINE)
    return str(tmp_path / "mine.py")


def train(mine: str, photos: Path, out: Path, *more: str) -> int:
    arguments = ["train", "--config", "continuous-5", "--data", str(photos), "--out", str(out), "--cpu", "--crop", "16"]
    arguments += ["--batch-size", "4", "--epochs", "1", "--precision", "fp32"]
    return main([*arguments, "--quantizer", f"{mine}:Scaled", *more])


@pytest.mark.slow
def test_a_network_is_trained_with_it_and_comes_back_with_it_alone(
    mine: str, photo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert train(mine, photo_folder, out) == 0
    weights = out / "continuous-5-Scaled.safetensors"
    facts = json.loads(weights.with_suffix(".json").read_text())["training"]
    assert facts["quantizer"] == f"{mine}:Scaled" and facts["steps"] == 3 and len(facts["training_usage"]) == 1
    assert load_checkpoint(weights).model.quantizer is None  # opening a file runs no code
    fitted = fit_foreign_to(str(weights), Reference(f"{mine}:Scaled"))
    assert fitted.facts.words == "trained with its network, 3 steps"
    assert fitted.model.quantizer.module.size.item() != 1.0
    with pytest.raises(CheckpointError, match="it was trained with .*mine.py:Scaled"):
        fit_foreign_to(str(weights), Reference(f"{mine}:Other"))
    assert train(mine, photo_folder, out) == 0
    twin = Path(mine).with_name("twin.py")
    twin.write_text(MINE)
    assert train(str(twin), photo_folder, out) == 2
    assert f"quantizer {mine}:Scaled, not {twin}:Scaled" in capsys.readouterr().err
    quantizer_path(weights).unlink()
    with pytest.raises(CheckpointError, match="not trained with a quantizer from outside"):
        fit_foreign_to(str(weights), Reference(f"{mine}:Scaled"))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--config", "fsq-40"], "take a continuous one"),
        (["--latent-noise", "1"], "not for a quantizer from outside"),
        (["--quantizer", "other.py:Other"], "one --quantizer"),
    ],
)
def test_what_cannot_be_trained_ends_in_a_sentence(
    mine: str, photo_folder: Path, tmp_path: Path, more: list[str], sentence: str, capsys
) -> None:
    assert train(mine, photo_folder, tmp_path / "out", *more) == 2
    assert sentence in capsys.readouterr().err
