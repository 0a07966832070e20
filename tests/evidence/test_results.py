"""results.json: what is written is read again exactly, and a damaged file is refused with a sentence."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from more_runs import with_more_runs, with_runs_moved, without_own

from rfsq.evidence.evaluation import evaluate
from rfsq.evidence.image_folder import image_files
from rfsq.evidence.results import (
    Results,
    add_results,
    collect,
    read_results,
    with_scores,
    write_results,
)
from rfsq.evidence.stored import ResultsError
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder


@pytest.fixture(scope="module")
def results(photo_folder: Path, tiny: Callable[..., ModelConfig]) -> Results:
    torch.manual_seed(0)
    configs = {
        "one": tiny(),
        "three": tiny(num_stages=3, conditioning="layernorm"),
        "none": tiny("continuous"),
        "wide": tiny("lfq", 17),
    }
    files = image_files(photo_folder)[:4]
    models = {}
    for name, config in configs.items():
        model = QuantizedAutoencoder(config).eval()
        stages = range(1, model.num_stages + 1)
        models[name] = collect(
            evaluate(name, model, files, device=torch.device("cpu"), stages=stages), "0" * 64, {"cat": 30.5}
        )
    return Results(
        "python -m rfsq results --images photos",
        "photos",
        4,
        "f" * 64,
        {"cores": 2},
        models,
        {"float32": {"one": 0.25}},
    )


@pytest.fixture()
def file(results: Results, tmp_path: Path) -> Path:
    write_results(results, tmp_path / "results.json")
    return tmp_path / "results.json"


def test_results_are_read_as_they_were_written(results: Results, file: Path) -> None:
    assert read_results(file) == results
    assert max(len(line) for line in file.read_text().splitlines()) > 40  # lists stand on one line
    assert len(file.read_text().splitlines()) < 400


def test_differences_are_paired_and_named(results: Results) -> None:
    scores = [results.models[name].per_image["psnr_db"] for name in ("three", "one")]
    difference = results.difference("three", "one")
    assert difference.mean == pytest.approx(np.mean(scores[0]) - np.mean(scores[1])) and difference.images == 4
    back = results.difference("one", "three")
    assert back.mean == pytest.approx(-difference.mean)
    with pytest.raises(ResultsError, match="no results of nobody"):
        results.difference("one", "nobody")
    with pytest.raises(ResultsError, match="not both measured by lpips"):
        results.difference("one", "three", "lpips")
    with pytest.raises(ResultsError, match="no results of nobody"):
        results.full("nobody")


def damage(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def apply(file: Path) -> None:
        record = json.loads(file.read_text())
        change(record)
        file.write_text(json.dumps(record))

    return apply


DAMAGES = {
    "cut": lambda file: file.write_text(file.read_text()[:-200]),
    "not JSON": lambda file: file.write_bytes(b"\xff\xfe\x00"),
    "deep": lambda file: file.write_text("[" * 100_000),
    "a list": lambda file: file.write_text("[]"),
    "newer": damage(lambda record: record.update(format=2)),
    "no models": damage(lambda record: record.pop("models")),
    "no scores": damage(lambda record: record["models"]["one"].update(scores=[])),
    "stages twice": damage(lambda record: record["models"]["three"]["scores"].pop(0)),
    "text for a score": damage(lambda record: record["models"]["one"]["scores"][0].update(psnr_db="28")),
    "too few images": damage(lambda record: record["models"]["one"]["per_image"]["l1"].pop()),
    "unknown metric": damage(lambda record: record["models"]["one"]["per_image"].update(mse=[0.0] * 4)),
    "missing field": damage(lambda record: record["models"]["one"]["scores"][0].pop("ssim")),
    "images as text": damage(lambda record: record.update(images="4")),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_refused_with_a_sentence(name: str, file: Path) -> None:
    DAMAGES[name](file)  # type: ignore[operator]
    with pytest.raises(ResultsError, match=r"^results.json .*\.$"):
        read_results(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="nowhere.json cannot be read"):
        read_results(tmp_path / "nowhere.json")


def test_scores_that_are_not_finite_are_left_out(results: Results) -> None:
    assert "ms_ssim" not in results.models["one"].per_image and "lpips" not in results.models["one"].per_image
    assert all(
        math.isfinite(value)
        for model in results.models.values()
        for column in model.per_image.values()
        for value in column
    )


def test_results_of_another_machine_are_added_and_say_who_measured_them(results: Results, tmp_path: Path) -> None:
    here = replace(results, models={name: results.models[name] for name in ("none", "one")})
    other = replace(results, command="rfsq results --device cuda", machine={"device": "a GPU"})
    weights = {"one": "0" * 64, "three": "0" * 64, "wide": "1" * 64, "none": "0" * 64}
    both = add_results(here, other, weights)
    assert list(both.models) == ["one", "three", "none"]  # wide: other weights than those here
    by = both.models["three"].measured_by
    assert by == {"command": "rfsq results --device cuda", "machine": {"device": "a GPU"}}
    assert both.models["one"] == here.models["one"] and both.machine == here.machine
    write_results(here, tmp_path / "before.json")
    write_results(both, tmp_path / "after.json")
    assert read_results(tmp_path / "after.json") == both
    known = (tmp_path / "before.json").read_text().splitlines()
    assert sorted(set(known) - set((tmp_path / "after.json").read_text().splitlines())) in ([], ["  }"])
    with pytest.raises(ResultsError, match="nothing to add"):
        add_results(both, other, weights)
    with pytest.raises(ResultsError, match="same photos"):
        add_results(here, replace(other, folder_sha256="0" * 64), weights)


def test_one_more_metric_leaves_the_others_as_they_are(results: Results, tmp_path: Path) -> None:
    before = results.models["three"]
    after = with_scores(before, "st_lpips", [0.1, 0.2, 0.3, 0.41234567])
    assert after.full.st_lpips == pytest.approx(np.mean([0.1, 0.2, 0.3, 0.41234567]))
    assert after.full.intervals["st_lpips"][0] < after.full.st_lpips < after.full.intervals["st_lpips"][1]
    assert "st_lpips" in before.full.not_measured and "st_lpips" not in after.full.not_measured
    assert after.per_image == {**before.per_image, "st_lpips": (0.1, 0.2, 0.3, 0.41235)}
    assert after.scores[:-1] == before.scores[:-1] and after.full.psnr_db == before.full.psnr_db
    write_results(replace(results, models={"three": after}), tmp_path / "results.json")
    assert read_results(tmp_path / "results.json").models["three"] == after


def test_other_training_runs_are_kept_and_what_they_say_is_in_the_differences(
    make_results: Callable[..., Results], tmp_path: Path
) -> None:
    one, other = "rfsq-4x1024-scale", "rfsq-4x1024-layernorm"
    results = make_results({one: 30.4, other: 30.2})
    with_two = with_more_runs(results, {one: (0.1, -0.1), other: (0.0,)})
    assert with_two.difference(one, other) == results.difference(one, other)  # two of the other are not enough
    full = with_more_runs(results, {one: (0.1, -0.1), other: (0.3, -0.3)})
    write_results(full, tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == full
    assert len((tmp_path / "results.json").read_text().splitlines()) < 400
    difference = full.difference(one, other)
    assert difference.runs == 3 and difference.mean == pytest.approx(results.difference(one, other).mean)
    assert not difference.excludes_zero and results.difference(one, other).excludes_zero
    assert full.means(one, other, "psnr_db")[0] == pytest.approx(results.full(one).psnr_db)
    assert len(full.runs(one)) == 3 and full.runs(one, "flip") == ()


def test_another_run_does_not_speak_for_a_model_that_was_not_measured(make_results: Callable[..., Results]) -> None:
    one, other = "rfsq-4x1024-scale", "rfsq-4x1024-layernorm"
    for steps in ((0.1, -0.1), (0.1, -0.1, 0.2)):
        full = with_more_runs(make_results({one: 30.4, other: 30.2}), {one: steps})
        without = replace(full, models={**full.models, one: without_own(full.models[one], "psnr_db")})
        others = full.models[one].of_other_runs("psnr_db")
        assert len(others) == len(steps) and full.models[one].of_all_runs("psnr_db")[1:] == others
        assert without.runs(one) == () and without.models[one].of_all_runs("psnr_db") == others
        with pytest.raises(ResultsError, match="not both measured by psnr_db"):
            without.difference(one, other)
        with pytest.raises(ResultsError, match="not both measured by psnr_db"):
            without.means(one, other, "psnr_db")


def test_means_stand_on_the_footing_of_their_difference(make_results: Callable[..., Results]) -> None:
    one, other = "rfsq-4x1024-scale", "rfsq-4x1024-layernorm"
    results = make_results({one: 30.4, other: 30.2})
    for steps in ({one: (0.5, 0.7)}, {one: (0.5, 0.7), other: (0.1, 0.1)}):  # the other trained once, and three times
        for metric in ("psnr_db", "l1"):
            full = with_runs_moved(results, metric, steps)
            mine, theirs = full.means(one, other, metric)
            assert mine - theirs == pytest.approx(full.difference(one, other, metric).mean)
            assert len(full.sides(one, other, metric)[0]) == full.difference(one, other, metric).runs


def test_training_runs_of_another_machine_are_added_once(make_results: Callable[..., Results]) -> None:
    name = "rfsq-4x1024-scale"
    results = make_results({name: 30.4})
    other = with_more_runs(results, {name: (0.1, 0.2)})
    both = add_results(results, other, {name: "0" * 64})
    assert both.models[name].runs == other.models[name].runs and both.models[name].full == results.full(name)
    with pytest.raises(ResultsError, match="nothing to add"):
        add_results(both, other, {name: "0" * 64})


def test_a_damaged_training_run_is_refused(make_results: Callable[..., Results], tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    write_results(with_more_runs(make_results({"lfq-12": 25.0}), {"lfq-12": (0.1,)}), file)
    for change in ({"seed": "one"}, {"weights_sha256": 5}, {"per_image": {"l1": [0.0]}}, {"scores": {}}):
        damage(lambda record, change=change: record["models"]["lfq-12"]["runs"][0].update(change))(file)
        with pytest.raises(ResultsError, match="is damaged"):
            read_results(file)
        write_results(with_more_runs(make_results({"lfq-12": 25.0}), {"lfq-12": (0.1,)}), file)
