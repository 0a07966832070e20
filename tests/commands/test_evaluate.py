"""evaluate, results and tables with photos that cannot be read: the others are measured, and the rest is said."""

import csv
import json
import os
from pathlib import Path

import pytest

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
    assert [row["model"] for row in rows] == ["vq-4096", "continuous-5"] and {row["images"] for row in rows} == {3}
    for row in rows:
        assert [one["file"] for one in row["errors"]] == [
            str(spoilt / "0\x1b[2Jbad.png"),
            str(spoilt / os.fsdecode(b"9\xff.png")),
        ]
    with each.open(newline="", encoding="utf-8") as file:
        assert [row["image"] for row in csv.DictReader(file)] == ["0.png", "1.png", "deep/2.png"] * 2


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
