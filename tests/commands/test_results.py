"""results as scripts use it: what it measures, what it measures again, and which documents it rewrites."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from tiny_models import FEW, tiny_config

from rfsq.commands.cli import main
from rfsq.evidence.loss_search.search import load_search
from rfsq.evidence.results import read_results, results_file, write_results
from rfsq.model.checkpoint import read_info, save_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.training.config import TrainConfig


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
    assert set(results.models) == set(FEW) and results.images == 3 and results.folder == "photos"
    assert results.command == "python -m rfsq results --images photos" and len(results.folder_sha256) == 64
    text = card.read_text()
    assert "outdated" not in text and text.startswith("# Card\n") and "-->\nrest\n<!--" in text
    assert all(text.count(f"| `{name}` |") == 2 for name in FEW)  # scores, training
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
    name = FEW[0]

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
    other = after.models[FEW[1]]
    assert other.measured_by is not None and other.measured_by["machine"]["device"] == "another device"
    assert (
        replace(other, measured_by=None) == before.models[FEW[1]]
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
