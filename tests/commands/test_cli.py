"""The command line as scripts use it: tables, JSON, exit code 2 with one line for bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rfsq.commands.cli import main
from rfsq.model.zoo import ZOO


def test_models_lists_the_whole_zoo_with_rates(checkpoints: Path, tmp_path: Path, capsys) -> None:
    assert main(["models", "--json", str(tmp_path / "models.json")]) == 0
    records = {record["model"]: record for record in json.loads((tmp_path / "models.json").read_text())}
    assert set(records) == set(ZOO)
    assert records["rfsq-4x1024-layernorm"]["bits_per_token"] == 40
    assert records["rfsq-4x1024-layernorm"]["side_bytes_per_image"] == 80  # 4 stages × 5 channels × 2 × 16 bits
    assert records["vq-4096"]["bpp"] == 0.75
    for name, side in (("rfsq-4x1024-layernorm", 80), ("rfsq-4x1024-scale", 0)):
        with_side = records[name]["bpp_with_side_information_128x128"]
        assert records[name]["bpp"] == 2.5 and with_side == 2.5 + 8 * side / 128**2
    assert records["continuous-5"]["bits_per_token"] is None
    assert records["continuous-5"]["bpp_with_side_information_128x128"] is None
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
