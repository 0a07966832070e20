"""Photo by photo: what was measured is kept, what is missing is added, files made by other code are made again."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from smooth import smooth_photo

from rfsq.codec.other_formats import container_floor, encode
from rfsq.codec.rate_distortion import PixelMetric, measure
from rfsq.evidence.files import measure as file_measure
from rfsq.evidence.files.measure import format_means, format_photos, lacking, same_files
from rfsq.evidence.files.photos import FilePhotos, PhotoPoint, load_photos, means, photos_file, write_photos
from rfsq.evidence.stored import ResultsError

PSNR = {"psnr_db": 1}
BOTH = {"psnr_db": 1, "ssim": 2}  # SSIM of every second photo


@pytest.fixture()
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(found):
        Image.fromarray(smooth_photo(32, 40, number)).save(path)
    return found


def made() -> FilePhotos:
    size = np.array([100, 300])
    ours = PhotoPoint("1", 20, size, {"psnr_db": np.array([20.0, 22.5]), "st_lpips": np.array([0.5, np.nan])})
    theirs = PhotoPoint("quality 5", 30, size * 2, {"psnr_db": np.array([30.0, 31.0])})
    return FilePhotos("c", "f", "d", 2, 1280.0, {"m": "w/t"}, {"m": (ours,)}, {"jpeg": (theirs,)})


def test_each_photo_has_its_bytes_and_its_scores(files: list[Path]) -> None:
    points = {point.label: point for point in format_photos(files, "jpeg", {}, PSNR)}
    pictures = [np.asarray(Image.open(file)) for file in files]
    written = [encode(pixels, "jpeg", 7) for pixels in pictures]
    point = points["quality 7"]
    assert point.size.tolist() == [file.size for file in written] and point.overhead == container_floor("jpeg")
    scores = [measure(pixels, file.pixels, "psnr_db") for pixels, file in zip(pictures, written, strict=True)]
    assert point.scores["psnr_db"] == pytest.approx(scores, abs=1e-3)
    assert point.mean().psnr_db == pytest.approx(np.mean(scores), abs=1e-3)


def test_what_is_known_stays_and_what_is_missing_is_measured_of_as_many_photos_as_wanted(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = format_photos(files, "webp", {}, PSNR)
    assert lacking(known, PSNR) == {} and lacking(known, BOTH) == {"ssim": 2} and lacking((), PSNR) == PSNR
    monkeypatch.setattr(
        file_measure, "measure", lambda original, shown, metric: 0.5 if metric == "ssim" else pytest.fail("known")
    )
    more = format_photos(files, "webp", {}, BOTH, known)
    assert [point.label for point in more] == [point.label for point in known]
    for before, after in zip(known, more, strict=True):
        assert after.scores["psnr_db"] is before.scores["psnr_db"] and after.size is before.size
        np.testing.assert_array_equal(after.scores["ssim"], [0.5, np.nan, 0.5])
        assert after.mean().ssim is None  # a mean over other photos than the size's would mislead
    assert lacking(more, BOTH) == {} and lacking(more, {"ssim": 1}) == {"ssim": 1}


def test_files_of_another_size_than_the_known_ones_are_all_measured_again(files: list[Path]) -> None:
    known = format_photos(files, "jpeg", {}, PSNR)
    other = tuple(replace(point, size=point.size + 1) for point in known)
    again = format_photos(files, "jpeg", {}, BOTH, other)
    for one, fresh in zip(known, again, strict=True):
        assert fresh.size.tolist() == one.size.tolist() and set(fresh.scores) == {"psnr_db", "ssim"}
        np.testing.assert_array_equal(fresh.scores["psnr_db"], one.scores["psnr_db"])


def test_means_of_files_of_another_size_are_made_again_before_anything_is_measured(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = format_means(files, "jpeg", {}, ["psnr_db"], ())
    assert [point.psnr_db is not None and point.ssim is None for point in known] == [True] * len(known)
    asked: list[str] = []

    def counted(original: np.ndarray, shown: np.ndarray, metric: PixelMetric) -> float:
        asked.append(metric)
        return measure(original, shown, metric)

    monkeypatch.setattr(file_measure, "measure", counted)
    more = format_means(files, "jpeg", {}, ["psnr_db", "ssim"], known)
    assert set(asked) == {"ssim"} and len(asked) == len(files) * len(known)
    assert [(one.size, one.psnr_db) for one in more] == [(one.size, one.psnr_db) for one in known]
    asked.clear()
    other = [replace(point, size=point.size + 1) for point in known]
    assert same_files(more, known) and not same_files(known, other) and same_files(known, other[:0])
    again = format_means(files, "jpeg", {}, ["psnr_db", "ssim"], other)
    assert again == more and len(asked) == 2 * len(files) * len(known), "once, by all"


def test_they_are_read_as_they_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    assert load_photos() is None
    write_photos(made(), photos_file())
    found = load_photos()
    assert found is not None and found.files_of == {"m": "w/t"} and found.pixels_per_image == 1280
    np.testing.assert_array_equal(found.ours["m"][0].scores["st_lpips"], [0.5, np.nan])
    assert found.ours["m"][0].size.tolist() == [100, 300] and found.other_formats["jpeg"][0].overhead == 30
    assert means(found.ours["m"])[0].psnr_db == 21.25 and means(found.ours["m"])[0].st_lpips is None
    write_photos(found, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == photos_file().read_bytes()


def test_means_over_the_photos_that_a_score_is_known_of() -> None:
    photos = made()
    assert photos.means_of_measured("st_lpips_vgg") is None
    whole = photos.means_of_measured("psnr_db")
    assert whole is not None and whole.images == 2 and whole.ours["m"] == means(photos.ours["m"])
    some = photos.means_of_measured("st_lpips")
    assert some is not None and some.images == 1, (
        "the second photo lacks it; the format that lacks it everywhere stays out"
    )
    assert some.ours["m"][0].size == 100 and some.ours["m"][0].st_lpips == 0.5
    assert some.other_formats["jpeg"][0].size == 200 and some.other_formats["jpeg"][0].st_lpips is None


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"images": 3},
        {"ours": {"m": [{"label": "1", "overhead": 1, "size": [1, None]}]}},
        {"ours": {"m": [{"label": "1", "overhead": 1, "size": [1, 2], "beauty": [1, 2]}]}},
        {"rivals": {"jpeg": [{"label": "1", "overhead": 1}]}},
        {"extra": 1},
    ],
)
def test_damaged_ones_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    write_photos(made(), photos_file())
    photos_file().write_text(json.dumps(json.loads(photos_file().read_text()) | change))
    with pytest.raises(ResultsError, match=r"file-photos\.json is"):
        load_photos()
