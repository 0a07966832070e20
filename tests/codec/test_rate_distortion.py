"""Rate–distortion: sizes are those of real files, curves are measured from them, damaged curves are refused."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tiny_models import save_tiny_models

from rfsq.codec.codec import Codec, compress, decompress, load_codec
from rfsq.codec.other_formats import FORMATS, encode
from rfsq.codec.rate_distortion import RatePoint, label_of_file, measure, score_at, stage_files
from rfsq.commands.cli import main
from rfsq.evidence.files.curves import CurvePoint, FileCurves, curves_file, load_curves, write_curves
from rfsq.evidence.results import read_results
from rfsq.evidence.stored import ResultsError

Photo = Callable[..., np.ndarray]


NAMES = ("rfsq-4x1024-layernorm", "rfsq-4x1024-grouped", "vq-4096", "continuous-5")


@pytest.fixture()
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkpoints"
    save_tiny_models(folder, NAMES)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(folder))
    return folder


@pytest.fixture()
def codec(checkpoints: Path) -> Codec:
    return load_codec("rfsq-4x1024-layernorm")


def test_a_file_cut_after_each_stage_has_the_size_and_picture_that_are_shown(codec: Codec, photo: Photo) -> None:
    pixels = photo(33, 46, 0)
    whole = compress(codec, pixels)
    files = stage_files(codec, pixels)
    assert [file.stages for file in files] == [1, 2, 3, 4] and files[-1].size == len(whole.data)
    for file in files:
        assert file.size == len(compress(codec, pixels, file.stages).data)  # the cut file is the file of so many stages
        cut = decompress(whole.data[: file.size])
        assert cut.stages == file.stages and np.array_equal(cut.pixels, file.pixels)


def test_scores_are_those_of_the_pixels(codec: Codec, photo: Photo) -> None:
    pixels = photo(33, 46, 0)
    file = stage_files(codec, pixels)[1]
    error = (file.pixels.astype(float) - pixels) / 127.5
    assert measure(pixels, file.pixels, "psnr_db") == pytest.approx(10 * math.log10(4 / (error**2).mean()), rel=1e-5)
    assert (label_of_file(file), label_of_file(encode(pixels, "jpeg", 40))) == ("2", "quality 40")
    assert measure(pixels, pixels, "flip") == 0 and math.isnan(measure(photo(6, 6, 0), photo(6, 6, 1), "ssim"))


def test_a_curve_is_read_between_its_points_and_not_beyond() -> None:
    points = [RatePoint("a", 100, 20.0), RatePoint("b", 10_000, 30.0)]
    assert score_at(points, 1000) == pytest.approx(25) and score_at(points, 100) == 20
    assert score_at(points, 99) is None and score_at(points, 10_001) is None and score_at([], 5) is None


def test_results_weigh_the_files_of_all_photos(
    checkpoints: Path,
    photo: Photo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(2):
        Image.fromarray(photo(24, 32, number)).save(folder / f"{number}.png")
    assert main(["results", "--images", str(folder), "--device", "cpu"]) == 0
    curves = load_curves()
    assert curves is not None and curves.images == 2 and curves.pixels_per_image == 24 * 32
    assert set(curves.ours) == set(NAMES) - {"continuous-5"} and set(curves.other_formats) == set(FORMATS)
    codec = load_codec("rfsq-4x1024-grouped")
    sizes = [len(compress(codec, photo(24, 32, number), 2).data) for number in range(2)]
    point = curves.ours["rfsq-4x1024-grouped"][1]
    scores = read_results(checkpoints / "results.json").models["rfsq-4x1024-grouped"].scores[1]
    assert (point.label, point.size) == ("2", np.mean(sizes)) and point.psnr_db == pytest.approx(
        scores.psnr_db, abs=1e-5
    )
    jpeg = [encode(photo(24, 32, number), "jpeg", 60) for number in range(2)]
    assert next(p for p in curves.other_formats["jpeg"] if p.label == "quality 60").size == np.mean(
        [file.size for file in jpeg]
    )
    for name in ("format_photos", "model_photos"):
        monkeypatch.setattr(f"rfsq.commands.weighing.{name}", lambda *arguments: pytest.fail("made again"))
    before = curves_file().read_bytes()
    assert main(["results", "--images", str(folder), "--device", "cpu"]) == 0
    assert curves_file().read_bytes() == before
    measured = (checkpoints / "results.json").read_bytes()
    assert main(["results", "--images", str(folder), "--device", "cpu", "--files-only"]) == 0
    assert (checkpoints / "results.json").read_bytes() == measured
    write_curves(replace(curves, ours={}, other_formats={}), curves_file())
    files_of = ["results", "--images", str(folder), "--device", "cpu", "--files-only"]
    assert main([*files_of, "rfsq-4x1024-grouped,webp"]) == 0
    named = load_curves()
    assert named is not None and named.ours == {"rfsq-4x1024-grouped": curves.ours["rfsq-4x1024-grouped"]}
    assert named.other_formats == {"webp": curves.other_formats["webp"]}
    capsys.readouterr()
    assert main([*files_of, "jpeg2000"]) == 2
    assert "no files of jpeg2000 are weighed on the test photos" in capsys.readouterr().err
    Image.fromarray(photo(24, 32, 7)).save(folder / "another.png")
    assert main(["results", "--images", str(folder), "--device", "cpu", "--files-only"]) == 2


def test_damaged_curves_are_refused(checkpoints: Path, photo_folder: Path) -> None:
    assert load_curves() is None
    point = CurvePoint("1", 10.0, 20.0, 0.5, 0.1)
    good = FileCurves("c", "f", "d", 1, 4.0, {"a": "b"}, {"a": (point,)}, {"jpeg": (point,)})
    write_curves(good, curves_file())
    assert load_curves() == good
    record: dict[str, Any] = json.loads(curves_file().read_text())
    for change in ({"format": 2}, {"ours": 3}, {"ours": {"a": [{"label": "1"}]}}, {"extra": 1}):
        curves_file().write_text(json.dumps(record | change))
        with pytest.raises(ResultsError, match="file-curves.json"):
            load_curves()
    curves_file().write_text("{")
    with pytest.raises(ResultsError, match="damaged"):
        load_curves()
