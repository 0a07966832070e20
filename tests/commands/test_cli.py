"""The command line as scripts use it: tables, JSON, exit code 2 with one line for bad input."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from paths import CHECKPOINTS, ROOT
from PIL import Image
from tiny_models import tiny_config

from rfsq.commands.cli import main
from rfsq.evidence.loss_search.search import load_search
from rfsq.evidence.results import read_results, results_file, write_results
from rfsq.model.checkpoint import read_info, save_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import STAGE_DROPOUT, ZOO
from rfsq.training.config import TrainConfig

NAMES = ("rfsq-4x1024-layernorm", "vq-4096", "continuous-5")  # what the fixture `checkpoints` holds


def test_models_lists_the_whole_zoo_with_rates(checkpoints: Path, tmp_path: Path, capsys) -> None:
    assert main(["models", "--json", str(tmp_path / "models.json")]) == 0
    records = {record["model"]: record for record in json.loads((tmp_path / "models.json").read_text())}
    assert set(records) == set(ZOO)
    assert records["rfsq-4x1024-layernorm"]["bits_per_token"] == 40
    assert records["rfsq-4x1024-layernorm"]["side_bytes_per_image"] == 80  # 4 stages × 5 channels × 2 × 16 bits
    assert records["vq-4096"]["bpp"] == 0.75
    assert records["continuous-5"]["bits_per_token"] is None
    assert records["lfq-12"]["file"] is None
    out = capsys.readouterr().out
    assert all(name in out for name in ZOO)


def test_reconstruct_writes_a_png_of_the_same_size_and_its_scores(
    checkpoints: Path, photos: Path, tmp_path: Path
) -> None:
    out, record_file = tmp_path / "out.png", tmp_path / "record.json"
    assert (
        main(
            [
                "reconstruct",
                str(photos / "1.png"),
                str(out),
                "--model",
                "rfsq-4x1024-layernorm",
                "--stages",
                "2",
                "--device",
                "cpu",
                "--json",
                str(record_file),
            ]
        )
        == 0
    )
    record = json.loads(record_file.read_text())
    with Image.open(out) as picture:
        assert picture.size == (47, 33) == (record["width"], record["height"])
        shown = np.asarray(picture.convert("RGB"), dtype=np.float64)
    original = np.asarray(Image.open(photos / "1.png"), dtype=np.float64)
    assert record["psnr_db"] == pytest.approx(10 * np.log10(255**2 / np.mean((shown - original) ** 2)), abs=1e-3)
    assert record["bits_per_token"] == 20
    assert record["bpp"] == pytest.approx((12 * 9 * 20 + 8 * 40) / (33 * 47))  # padded grid, side information counted


def test_evaluate_agrees_with_reconstruct(checkpoints: Path, photos: Path, tmp_path: Path) -> None:
    assert (
        main(
            [
                "evaluate",
                "--images",
                str(photos),
                "--models",
                ",".join(NAMES),
                "--device",
                "cpu",
                "--json",
                str(tmp_path / "scores.json"),
                "--per-image",
                str(tmp_path / "each.csv"),
                "--versus",
                "continuous-5",
            ]
        )
        == 0
    )
    scores = {record["model"]: record for record in json.loads((tmp_path / "scores.json").read_text())}
    each = []
    for file in sorted(photos.iterdir()):
        main(
            [
                "reconstruct",
                str(file),
                str(tmp_path / "o.png"),
                "--model",
                "vq-4096",
                "--device",
                "cpu",
                "--json",
                str(tmp_path / "one.json"),
            ]
        )
        each.append(json.loads((tmp_path / "one.json").read_text()))
    assert scores["vq-4096"]["images"] == 3
    for metric in ("psnr_db", "l1", "ssim", "flip"):
        assert scores["vq-4096"][metric] == pytest.approx(np.mean([one[metric] for one in each]), abs=1e-4)
    assert scores["vq-4096"]["ms_ssim"] is None and "MS-SSIM" in scores["vq-4096"]["not_measured"]["ms_ssim"]
    with (tmp_path / "each.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "vq-4096"]
    assert [row["image"] for row in rows] == ["0.png", "1.png", "2.png"] and rows[0]["lpips"] == ""
    assert [float(row["psnr_db"]) for row in rows] == pytest.approx([one["psnr_db"] for one in each], abs=1e-3)
    versus = scores["vq-4096"]["versus"]
    assert versus["model"] == "continuous-5" and "ms_ssim" not in versus
    assert versus["psnr_db"]["mean"] == pytest.approx(scores["vq-4096"]["psnr_db"] - scores["continuous-5"]["psnr_db"])
    assert versus["psnr_db"]["low"] <= versus["psnr_db"]["mean"] <= versus["psnr_db"]["high"]
    assert scores["continuous-5"]["versus"]["psnr_db"] == {"mean": 0, "low": 0, "high": 0}


def test_compress_info_and_decompress_agree(checkpoints: Path, photos: Path, tmp_path: Path, capsys) -> None:
    """With tables and without, a picture or a folder: `decompress` gives what `reconstruct` gives."""
    model = ["--model", "rfsq-4x1024-layernorm"]
    record_file = tmp_path / "record.json"

    def record() -> dict:
        return json.loads(record_file.read_text())

    for coding in ("uniform", "context"):
        one, made = tmp_path / f"{coding}.rfsq", tmp_path / f"{coding}.png"
        assert (
            main(["compress", str(photos / "1.png"), str(one), *model, "--device", "cpu", "--json", str(record_file)])
            == 0
        )
        assert one.stat().st_size == record()["bytes"] and record()["bpp"] == 8 * one.stat().st_size / (33 * 47)
        [compressed] = record()["files"]
        assert compressed["coding"] == coding and compressed["side_bytes"] == 80
        for stages in (4, 2):
            assert main(["decompress", str(one), str(made), "--stages", str(stages), "--device", "cpu"]) == 0
            main(
                [
                    "reconstruct",
                    str(photos / "1.png"),
                    str(tmp_path / "own.png"),
                    *model,
                    "--stages",
                    str(stages),
                    "--device",
                    "cpu",
                    "--json",
                    str(record_file),
                ]
            )
            assert made.read_bytes() == (tmp_path / "own.png").read_bytes()
            if stages == 4:
                assert record()["psnr_db"] == pytest.approx(compressed["psnr_db"])
        assert main(["info", str(one), "--json", str(record_file)]) == 0
        [info] = record()["files"]
        assert (info["model"], info["weights"], info["stages"], info["coding"]) == (model[1], "here", 4, coding)
        assert sum(info["stage_bytes"]) == compressed["token_bytes"] + compressed["side_bytes"]
        if coding == "uniform":
            assert main(["tables", "--data", str(photos), "--models", model[1], "--crop", "32", "--device", "cpu"]) == 0
    files, pictures = tmp_path / "files", tmp_path / "pictures"
    assert (
        main(
            [
                "compress",
                str(photos),
                str(files),
                *model,
                "--stages",
                "3",
                "--device",
                "cpu",
                "--json",
                str(record_file),
            ]
        )
        == 0
    )
    assert record()["bytes"] == sum(file.stat().st_size for file in files.iterdir()) and len(record()["files"]) == 3
    assert main(["info", str(files)]) == 0 and main(["decompress", str(files), str(pictures), "--device", "cpu"]) == 0
    assert sorted(file.name for file in pictures.iterdir()) == ["0.png", "1.png", "2.png"]
    assert "3 of 3" in capsys.readouterr().out
    (files / "1.rfsq").write_bytes((files / "1.rfsq").read_bytes()[:-1])
    for command in (["info", str(files)], ["decompress", str(files), str(pictures)]):
        assert main(command) == 1 and "1.rfsq: The file ends within stage 3" in capsys.readouterr().err


def test_an_interrupted_compress_leaves_no_half_file(
    checkpoints: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "photo.rfsq"
    arguments = ["compress", str(photos / "0.png"), str(out), "--model", "vq-4096", "--device", "cpu"]
    assert main(arguments) == 0
    before = out.read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    assert main([*arguments, "--coding", "uniform"]) == 130
    assert out.read_bytes() == before and [file.name for file in out.parent.iterdir()] == ["photo.rfsq"]


@pytest.mark.slow
def test_results_measures_the_zoo_and_rewrites_the_documents(
    checkpoints: Path, photos: Path, tmp_path: Path, capsys
) -> None:
    card, readme = checkpoints / "README.md", tmp_path / "README.md"
    card.write_text(
        "# Card\n<!-- scores:begin -->\noutdated\n<!-- scores:end -->\nrest\n<!-- training:begin -->\n<!-- training:end -->\n"
    )
    readme.write_text("nothing generated here\n")
    assert main(["results", "--images", str(photos), "--device", "cpu"]) == 0
    results = read_results(checkpoints / "results.json")
    assert set(results.models) == set(NAMES) and results.images == 3 and results.folder == "photos"
    assert results.command == "python -m rfsq results --images photos" and len(results.folder_sha256) == 64
    text = card.read_text()
    assert "outdated" not in text and text.startswith("# Card\n") and "-->\nrest\n<!--" in text
    assert all(text.count(f"| `{name}` |") == 2 for name in NAMES)  # scores, training
    assert f"{results.full('vq-4096').psnr_db:.2f}" in text and readme.read_text() == "nothing generated here\n"
    before = (checkpoints / "results.json").read_bytes()
    capsys.readouterr()
    assert main(["results", "--images", str(photos), "--device", "cpu"]) == 0  # nothing changed: nothing to measure
    assert (checkpoints / "results.json").read_bytes() == before and "image" not in capsys.readouterr().err
    Image.new("RGB", (32, 32)).save(photos / "new.png")
    assert main(["results", "--images", str(photos), "--device", "cpu"]) == 0
    assert read_results(checkpoints / "results.json").images == 4
    assert main(["models", "--json", str(tmp_path / "models.json")]) == 0
    records = {record["model"]: record for record in json.loads((tmp_path / "models.json").read_text())}
    assert records["vq-4096"]["psnr_db"] == read_results(checkpoints / "results.json").full("vq-4096").psnr_db
    assert records["lfq-12"]["psnr_db"] is None


@pytest.mark.slow
def test_results_whose_figures_were_defined_anew_are_measured_again_and_others_on_demand(
    measured: Path, photos: Path, capsys
) -> None:
    measure = ["results", "--images", str(photos), "--device", "cpu"]
    before = read_results(measured / "results.json")
    name = NAMES[0]

    def store(**changes: object) -> None:
        """As if the figures of one model were others, on another machine."""
        model = before.models[name]
        scores = tuple(replace(one, residual_rms=(9.0,) * (one.stages + 1)) for one in model.scores)
        wrong = replace(model, scores=scores, **changes)
        machine = {**before.machine, "device": "another device"}
        write_results(replace(before, machine=machine, models={**before.models, name: wrong}), results_file())

    store()
    assert main(measure) == 0
    assert read_results(results_file()).full(name).residual_rms[0] == 9.0, "it says that it is up to date"
    store(scores_version=0)
    assert main(measure) == 0
    after = read_results(results_file())
    assert after.models[name] == before.models[name]
    other = after.models[NAMES[1]]
    assert other.measured_by is not None and other.measured_by["machine"]["device"] == "another device"
    assert (
        replace(other, measured_by=None) == before.models[NAMES[1]]
        and after.machine["device"] == before.machine["device"]
    )
    store()
    assert main([*measure, "--again", name]) == 0
    assert read_results(results_file()).models[name] == before.models[name]
    capsys.readouterr()
    assert main([*measure, "--again", "nobody"]) == 2 and "is called nobody" in capsys.readouterr().err


@pytest.mark.slow
def test_results_of_other_training_runs_are_added(measured: Path, photos: Path, tmp_path: Path, capsys) -> None:
    runs = tmp_path / "runs" / "seed-1"
    runs.mkdir(parents=True)
    torch.manual_seed(1)
    model = QuantizedAutoencoder(tiny_config("rfsq-4x1024-layernorm")).eval()
    recipe = read_info(measured / "rfsq-4x1024-layernorm.safetensors").training.get("recipe", {})
    file = runs / "rfsq-4x1024-layernorm.safetensors"
    measure = ["results", "--images", str(photos), "--device", "cpu", "--runs", str(tmp_path / "runs")]
    save_checkpoint(model, file, training={"recipe": {**recipe, "seed": 1}, "device": "a GPU"})
    before = read_results(measured / "results.json")
    assert main(measure) == 0
    after = read_results(measured / "results.json")
    (run,) = after.models["rfsq-4x1024-layernorm"].runs
    assert (run.seed, run.trained_on, run.scores.stages) == (1, "a GPU", 4)
    assert len(run.per_image["psnr_db"]) == after.images and run.weights_sha256 == read_info(file).weights_sha256
    assert {name: replace(model, runs=()) for name, model in after.models.items()} == before.models
    assert main(measure) == 0 and read_results(measured / "results.json") == after  # known already
    other = QuantizedAutoencoder(tiny_config("rfsq-4x1024-layernorm")).eval()
    save_checkpoint(other, file, training={"recipe": {**recipe, "seed": 2, "learning_rate": 1.0}})
    capsys.readouterr()
    assert main(measure) == 2 and "config and recipe must be those of the model in the zoo" in capsys.readouterr().err


@pytest.mark.slow
def test_trainings_with_other_perceptual_terms_are_measured(
    measured: Path, photos: Path, tmp_path: Path, capsys
) -> None:
    measure = ["results", "--images", str(photos), "--device", "cpu"]
    file = tmp_path / "search" / "alex0.3" / "continuous-5.safetensors"
    file.parent.mkdir(parents=True)
    torch.manual_seed(1)
    model = QuantizedAutoencoder(tiny_config("continuous-5")).eval()
    recipe = asdict(TrainConfig(st_lpips_weight=0.3))
    save_checkpoint(model, file, training={"recipe": recipe, "steps": 7, "seconds": 1.5, "device": "a GPU"})
    file.with_name("continuous-5.calibration.safetensors").write_bytes(b"what lies beside a checkpoint is none")
    measure += ["--search", str(tmp_path / "search")]
    before = read_results(measured / "results.json")
    assert main(measure) == 0
    search = load_search()
    assert search is not None and search.images == before.images
    run = search.runs["alex0.3"]
    assert (run.network, run.words, run.steps, run.trained_on) == ("continuous-5", "AlexNet × 0.3", 7, "a GPU")
    assert set(run.per_image) == {"psnr_db", "ssim", "flip", "st_lpips", "st_lpips_vgg"}
    assert set(run.excess) == {before.images} and run.excess[before.images].ratio > 0
    assert read_results(measured / "results.json") == before  # of the zoo nothing was measured
    written = (measured / "perceptual-search.json").read_bytes()
    assert main(measure) == 0 and (measured / "perceptual-search.json").read_bytes() == written  # known already
    save_checkpoint(model, file.with_name("untold.safetensors"), training={})
    file.unlink()
    capsys.readouterr()
    (measured / "perceptual-search.json").unlink()
    assert main(measure) == 2 and "does not say how it was trained" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["reconstruct", "missing.png", "out.png", "--model", "vq-4096"],
        ["reconstruct", "PHOTO", "out.png", "--model", "no-such-model"],
        ["reconstruct", "PHOTO", "out.png", "--model", "lfq-12"],  # in the zoo, but its file is not there
        ["reconstruct", "PHOTO", "out.png", "--model", "vq-4096", "--stages", "2"],
        ["reconstruct", "PHOTO", "out.png", "--model", "rfsq-4x1024-layernorm", "--stages", "0"],
        ["reconstruct", "PHOTO", "/no/such/folder\0/out.png", "--model", "vq-4096"],
        ["reconstruct", "BROKEN", "out.png", "--model", "vq-4096"],
        ["compress", "PHOTO", "OUT", "--model", "no-such-model"],
        ["compress", "PHOTO", "OUT", "--model", "continuous-5"],
        ["compress", "PHOTO", "OUT", "--model", "vq-4096", "--stages", "2"],
        ["compress", "PHOTO", "OUT", "--model", "vq-4096", "--coding", "context"],  # it has no tables
        ["compress", "BROKEN", "OUT", "--model", "vq-4096"],
        ["compress", "BROKEN_FOLDER", "OUT", "--model", "vq-4096"],
        ["compress", "EMPTY", "OUT", "--model", "vq-4096"],
        ["compress", "missing", "OUT", "--model", "vq-4096"],
        ["compress", "PHOTO", "PHOTOS", "--model", "vq-4096"],  # a folder is in the way
        ["decompress", "PHOTO", "OUT"],
        ["decompress", "EMPTY", "OUT"],
        ["decompress", "missing.rfsq", "OUT"],
        ["info", "PHOTO"],
        ["info", "missing.rfsq"],
        ["tables", "--data", "EMPTY"],
        ["tables", "--data", "PHOTOS", "--models", "no-such-model"],
        ["tables", "--data", "PHOTOS", "--photos", "0"],
        ["evaluate", "--images", "EMPTY"],
        ["evaluate", "--images", "missing"],
        ["evaluate", "--images", "BROKEN_FOLDER", "--models", "vq-4096"],
        ["train", "--data", "EMPTY", "--out", "OUT"],
        ["train", "--config", "vq-4096", "--data", "EMPTY", "--out", "OUT"],
        ["train", "--config", "BROKEN.json", "--data", "PHOTOS", "--out", "OUT"],
        ["train", "--config", "missing.json", "--data", "PHOTOS", "--out", "OUT"],
        ["train", "--config", "vq-4096", "--data", "PHOTOS", "--out", "OUT", "--stage-dropout", "2"],
        ["train", "--config", "no-such-model", "--data", "EMPTY", "--out", "OUT"],
        ["train", "--config", "vq-4096", "--data", "PHOTOS", "--out", "OUT", "--crop", "10"],
        ["evaluate", "--images", "PHOTOS", "--models", "vq-4096", "--versus", "continuous-5"],
        ["evaluate", "--images", "PHOTOS", "--models", "vq-4096", "--stages", "2"],
        ["results"],
        ["results", "--images", "EMPTY"],
        ["benchmark", "--repeats", "2"],
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], checkpoints: Path, photos: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken" / "broken.png"
    broken.parent.mkdir()
    broken.write_bytes((photos / "0.png").read_bytes()[:60])
    broken_json = tmp_path / "broken.json"
    broken_json.write_text('{"config": {"name": "x"}}')
    words = {
        "PHOTO": str(photos / "0.png"),
        "PHOTOS": str(photos),
        "EMPTY": str(tmp_path / "empty"),
        "BROKEN": str(broken),
        "BROKEN.json": str(broken_json),
        "BROKEN_FOLDER": str(broken.parent),
        "OUT": str(tmp_path / "out"),
    }
    assert main([words.get(word, word) for word in arguments]) == 2
    message = [line for line in capsys.readouterr().err.splitlines() if line.startswith("rfsq ")]
    assert len(message) == 1 and len(message[0]) > len("rfsq reconstruct: ")
    assert not (tmp_path / "out.png").exists() and not (tmp_path / "out").is_file()


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


def leaves(value: object, path: str = "") -> dict[str, object]:
    """The plain values of a JSON record by their paths."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {key: leaf for name, part in items for key, leaf in leaves(part, f"{path}/{name}").items()}
    return {path: value}


@pytest.mark.slow
def test_two_processes_evaluate_as_one_does(checkpoints: Path, photos: Path, tmp_path: Path) -> None:
    arguments = [
        "evaluate",
        "--images",
        str(photos),
        "--models",
        "rfsq-4x1024-layernorm",
        "--device",
        "cpu",
        "--versus",
        "rfsq-4x1024-layernorm",
    ]
    launch = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--multi_gpu",
        "--num_machines",
        "1",
        "--num_processes",
        "2",
        "--mixed_precision",
        "no",
        "--dynamo_backend",
        "no",
        "--main_process_port",
        "0",
        "-m",
        "rfsq",
    ]
    one, two = tmp_path / "one", tmp_path / "two"
    assert main([*arguments, "--json", f"{one}.json", "--per-image", f"{one}.csv"]) == 0
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*launch, *arguments, "--json", f"{two}.json", "--per-image", f"{two}.csv"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("95 % interval") == 2  # one process reports: the table and the differences
    [mine], [theirs] = (json.loads(path.with_suffix(".json").read_text()) for path in (one, two))
    assert theirs.pop("not_measured").keys() == mine.pop("not_measured").keys()  # the reasons name a picture's size
    assert leaves(theirs).keys() == leaves(mine).keys()
    for key, value in leaves(mine).items():
        assert leaves(theirs)[key] == (pytest.approx(value, rel=1e-5) if isinstance(value, float) else value), key
    rows = [list(csv.DictReader(path.with_suffix(".csv").read_text().splitlines())) for path in (one, two)]
    assert [row["image"] for row in rows[1]] == ["0.png", "1.png", "2.png"]
    assert [float(row["psnr_db"]) for row in rows[1]] == pytest.approx(
        [float(row["psnr_db"]) for row in rows[0]], rel=1e-5
    )


@pytest.mark.slow
def test_benchmark_times_the_codec(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rfsq.commands.benchmark.models.LARGE_PHOTO", (64, 96))
    tables = CHECKPOINTS
    name = "fsq-8x8x8x8"
    for suffix in (".json", ".safetensors", ".tables.safetensors"):
        shutil.copy(tables / f"{name}{suffix}", checkpoints)
    assert (
        main(
            [
                "benchmark",
                "--models",
                name,
                "--size",
                "32",
                "--repeats",
                "5",
                "--codec",
                "--device",
                "cpu",
                "--json",
                str(tmp_path / "times.json"),
            ]
        )
        == 0
    )
    names = [timing["name"] for timing in json.loads((tmp_path / "times.json").read_text())["timings"]]
    for step in ("768×512, compress", "768×512, decompress", "96×64, compress", "static: encode", "context: decode"):
        assert any(step in timing for timing in names), step
