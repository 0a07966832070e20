"""train as scripts use it: from photos to a checkpoint, with the recipe of the zoo or a config file."""

import json
from pathlib import Path

import pytest

from rfsq.commands.cli import main
from rfsq.model.checkpoint import read_info
from rfsq.model.config import ModelConfig
from rfsq.model.zoo import STAGE_DROPOUT, ZOO


@pytest.mark.parametrize("memory", [[], ["--in-memory", "--recorded", "--log-every", "1"]], ids=["disk", "memory"])
def test_train_makes_a_checkpoint_that_reconstruct_accepts(memory: list[str], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "trained"
    arguments = [
        "train",
        "--config",
        "rfsq-2x2048-scale",
        "--data",
        str(photos),
        "--out",
        str(out),
        "--epochs",
        "1",
        "--batch-size",
        "2",
        "--crop",
        "16",
        "--cpu",
        *memory,
    ]
    assert main(arguments) == 0
    facts = json.loads((out / "rfsq-2x2048-scale.json").read_text())["training"]
    assert facts["steps"] == 1 and facts["photos_per_epoch"] == 3 and facts["recipe"]["crop"] == 16
    assert (
        main(
            [
                "reconstruct",
                str(photos / "0.png"),
                str(tmp_path / "o.png"),
                "--model",
                str(out / "rfsq-2x2048-scale.safetensors"),
                "--device",
                "cpu",
            ]
        )
        == 0
    )
    assert main(arguments) == 0, "a finished model is left as it is"


def test_train_takes_a_config_file_and_the_zoos_stage_dropout(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = ModelConfig("mine", "fsq", 2, levels=(4, 4), num_stages=2, conditioning="scale", hidden=(8, 8))
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"config": tiny.to_json()}))
    common = ["--data", str(photos), "--epochs", "1", "--batch-size", "2", "--crop", "8", "--cpu"]
    assert main(["train", "--config", str(file), "--out", str(tmp_path / "out"), *common]) == 0
    info = read_info(tmp_path / "out" / "mine.safetensors")
    assert info.config == tiny and info.training["recipe"]["stage_dropout"] == 0
    monkeypatch.setitem(ZOO, "mine", tiny)
    monkeypatch.setitem(STAGE_DROPOUT, "mine", 0.5)
    assert main(["train", "--config", "mine", "--out", str(tmp_path / "zoo"), *common]) == 0
    assert read_info(tmp_path / "zoo" / "mine.safetensors").training["recipe"]["stage_dropout"] == 0.5
