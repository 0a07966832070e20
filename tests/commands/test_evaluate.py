"""evaluate: the scores that reconstruct gives, in one process or two. With results and tables, of photos that cannot be read:
the others are measured, and the rest is said."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from paths import ROOT
from tiny_models import FEW

from rfsq.commands.cli import main
from rfsq.evidence.results import read_results


@pytest.fixture()
def spoilt(photos: Path, tmp_path: Path) -> Path:
    """The three photos, one of them in a linked folder, between files that are none."""
    (tmp_path / "elsewhere").mkdir()
    (photos / "2.png").rename(tmp_path / "elsewhere" / "2.png")
    (photos / "deep").symlink_to(tmp_path / "elsewhere")
    (photos / "0\x1b[2Jbad.png").write_bytes(b"no picture")
    (photos / os.fsdecode(b"9\xff.png")).symlink_to("nowhere")
    (photos / "._0.png").write_bytes(b"\0\5\x16\7Mac OS X")
    (photos / "folder.png").mkdir()
    return photos


def named(error: str, command: str) -> list[str]:
    return [line.split(": ")[1] for line in error.splitlines() if line.startswith(f"rfsq {command}: ")]


BAD = [r"0\x1b[2Jbad.png", r"9\xff.png"]


@pytest.mark.usefixtures("checkpoints")
def test_evaluate_measures_what_can_be_read(spoilt: Path, tmp_path: Path, capsys) -> None:
    record, each = tmp_path / "scores.json", tmp_path / "each.csv"
    arguments = ["evaluate", "--images", str(spoilt), "--models", "vq-4096,continuous-5", "--device", "cpu"]
    assert main([*arguments, "--json", str(record), "--per-image", str(each)]) == 1
    out, error = capsys.readouterr()
    assert "vq-4096" in out and named(error, "evaluate") == BAD and "\x1b[2J" not in error
    rows = json.loads(record.read_text())
    assert "Too low: 300 tokens are fewer than 5 for each of 4096 codes" in out
    assert set(rows[0]["notes"]) == {"bpp_entropy", "usage"} and rows[0]["bpp_entropy"] > 0 and not rows[1]["notes"]
    assert [row["model"] for row in rows] == ["vq-4096", "continuous-5"] and {row["images"] for row in rows} == {3}
    for row in rows:
        assert [one["file"] for one in row["errors"]] == [
            str(spoilt / "0\x1b[2Jbad.png"),
            str(spoilt / os.fsdecode(b"9\xff.png")),
        ]
    with each.open(newline="", encoding="utf-8") as file:
        assert [row["image"] for row in csv.DictReader(file)] == ["0.png", "1.png", "deep/2.png"] * 2


@pytest.mark.usefixtures("checkpoints")
@pytest.mark.parametrize("models", ["", " , "])
def test_evaluate_wants_a_model(models: str, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--images", str(photos), "--models", models]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("checkpoints")
def test_a_folder_that_cannot_be_read_is_one_of_the_bad_ones(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    real, record = os.listdir, tmp_path / "record.json"
    (photos / "closed").mkdir()

    def listdir(folder: str | Path = ".") -> list[str]:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return real(folder)

    monkeypatch.setattr(os, "listdir", listdir)
    arguments = ["--models", "vq-4096", "--device", "cpu", "--json", str(record)]
    assert main(["evaluate", "--images", str(photos), *arguments]) == 1
    assert "rfsq evaluate: closed: The folder cannot be read: permission denied." in capsys.readouterr().err
    assert [len(row["errors"]) for row in json.loads(record.read_text())] == [1]
    arguments = ["--model", "vq-4096", "--device", "cpu", "--json", str(record)]
    assert main(["compress", str(photos), str(tmp_path / "out"), *arguments]) == 1
    assert len(os.listdir(tmp_path / "out")) == 3 and "rfsq compress: closed: " in capsys.readouterr().err
    assert main(["evaluate", "--images", str(photos / "closed"), "--models", "vq-4096"]) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("checkpoints")
def test_results_and_tables_use_what_can_be_read(spoilt: Path, checkpoints: Path, tmp_path: Path, capsys) -> None:
    assert main(["results", "--images", str(spoilt), "--device", "cpu"]) == 1
    assert named(capsys.readouterr().err, "results") == BAD
    assert read_results(checkpoints / "results.json").images == 3
    arguments = ["tables", "--data", str(spoilt), "--models", "vq-4096", "--crop", "16", "--device", "cpu"]
    assert main([*arguments, "--json", str(tmp_path / "tables.json")]) == 1
    assert sorted(named(capsys.readouterr().err, "tables")) == BAD
    [row] = json.loads((tmp_path / "tables.json").read_text())
    assert row["photos"] == 3 and len(row["errors"]) == 2


def test_evaluate_agrees_with_reconstruct(checkpoints: Path, photos: Path, tmp_path: Path) -> None:
    assert (
        main(
            [
                "evaluate",
                "--images",
                str(photos),
                "--models",
                ",".join(FEW),
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
