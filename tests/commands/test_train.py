"""train as scripts use it: from photos to a checkpoint, with the recipe of the zoo or a config file."""

import json
from dataclasses import replace
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


TINY = ModelConfig("mine", "continuous", 2, hidden=(8, 8))
FLAGS = ["--epochs", "1", "--batch-size", "2", "--crop", "8", "--cpu"]


@pytest.fixture()
def trained(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments that made the finished checkpoint out/mine.safetensors."""
    monkeypatch.setitem(ZOO, "mine", TINY)
    arguments = ["train", "--config", "mine", "--data", str(photos), "--out", str(tmp_path / "out"), *FLAGS]
    assert main(arguments) == 0
    return arguments


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (["--seed", "1"], "seed 0, not 1"),
        (["--learning-rate", "0.1", "--no-flip"], "learning_rate 0.003, not 0.1 and flip True, not False"),
        (["--photos", "2"], "photos per epoch 3, not 2"),
    ],
    ids=["seed", "recipe", "photos"],
)
def test_a_finished_model_is_not_taken_for_one_of_another_recipe(
    trained: list[str], other: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (tmp_path / "out" / "mine.safetensors").read_bytes()
    assert main([*trained, *other]) == 2
    said = capsys.readouterr().err
    assert f"mine.safetensors was trained with {why}; choose another --out" in said
    assert (tmp_path / "out" / "mine.safetensors").read_bytes() == before
    assert main([*trained[:6], str(tmp_path / "other"), *FLAGS, *other]) == 0


def test_a_finished_model_is_not_taken_for_one_of_another_config_or_folder(
    trained: list[str],
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    elsewhere = photos.rename(photos.with_name("cats"))
    assert main([*trained, "--data", str(elsewhere)]) == 2
    assert "data photos, not cats" in capsys.readouterr().err
    monkeypatch.chdir(elsewhere)
    assert main([*trained, "--data", "."]) == 0, "a folder without a name may be any"
    monkeypatch.setitem(ZOO, "mine", replace(TINY, dim=3))
    assert main([*trained, "--data", "."]) == 2
    assert "dim 2, not 3;" in capsys.readouterr().err


def test_all_models_are_looked_at_before_the_first_is_trained(
    trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ZOO, "first", replace(TINY, name="first"))
    trained[2] = "first,mine"
    assert main([*trained, "--seed", "1"]) == 2
    assert not (tmp_path / "out" / "first.json").exists()
    assert main(trained) == 0
    assert (tmp_path / "out" / "first.json").exists()


def test_what_an_older_checkpoint_does_not_say_of_its_recipe_is_as_by_default(
    trained: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out" / "mine.json"
    facts = json.loads(file.read_text())
    del facts["training"]["recipe"]["stage_dropout"], facts["training"]["recipe"]["precision"]
    file.write_text(json.dumps(facts))
    assert main(trained) == 0
    assert main([*trained, "--precision", "fp32"]) == 2
    del facts["training"]["recipe"]
    file.write_text(json.dumps(facts))
    assert main(trained) == 2
    assert "does not say how it was trained" in capsys.readouterr().err
