"""`rfsq bench`: stacks of ours and quantizers of others around one network."""

import json
import shutil
from pathlib import Path

import pytest
from paths import CHECKPOINTS

from rfsq.commands.cli import main

MINE = """
import torch
from torch import nn

class Signs(nn.Module):
    codebook_size = 32
    def forward(self, z):
        indices = ((z > 0) * 2 ** torch.arange(5)).sum(-1)
        return torch.where(z > 0, 0.8, -0.8) + (z - z.detach()), indices

class Fails(Signs):
    def forward(self, z):
        raise RuntimeError("not these")
"""


@pytest.fixture()
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for ending in ("safetensors", "json", "calibration.safetensors"):
        shutil.copy(CHECKPOINTS / f"continuous-5.{ending}", folder)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(folder))


@pytest.mark.slow
def test_a_quantizer_of_ones_own_stands_beside_a_stack_and_one_that_fails_is_named(
    network: None, photos: Path, tmp_path: Path, capsys
) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    mine, report = tmp_path / "mine.py", tmp_path / "bench.json"
    arguments = ["bench", "--images", str(photos), "--stack", "lfq:stages=1", "--json", str(report), "--device", "cpu"]
    arguments += ["--quantizer", f"{mine}:Signs", "--quantizer", f"{mine}:Fails", "--fit-steps", "3"]
    assert main([*arguments, "--batch-size", "2"]) == 1
    ours, signs, fails = json.loads(report.read_text())
    assert ours["bits_per_token"] == signs["bits_per_token"] == 5
    assert signs["quantizer"] == f"{mine}:Signs" and signs["fit"].startswith("nothing to train; one gain")
    assert abs(signs["psnr_db"] - ours["psnr_db"]) < 2  # both keep signs
    assert signs["versus"]["model"] == ours["model"] == "continuous-5.lfq-s1-none"
    assert "mine.py:13" in fails["error"] and "psnr_db" not in fails
    shown = capsys.readouterr()
    assert "continuous-5.Signs: nothing to train" in shown.out and "not these" in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--network", "continuous-5"], "say what to measure"),
        (["--quantizer", "nowhere"], "FILE.py:NAME"),
        (["--stack", "fsq:levels=2", "--network", "fsq-40"], "has one"),
    ],
)
def test_what_cannot_be_measured_ends_in_a_sentence(photos: Path, arguments: list[str], sentence: str, capsys) -> None:
    try:
        assert main(["bench", "--images", str(photos), *arguments]) == 2
    except SystemExit as ended:
        assert ended.code == 2
    assert sentence in capsys.readouterr().err
