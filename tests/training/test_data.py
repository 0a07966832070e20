"""Training data: every photo once an epoch, in an order that a resumed run repeats, from a folder or from shards."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st
from PIL import Image

from rfsq.training.config import TrainConfig
from rfsq.training.data import Batch, DataError, PhotoCache, PhotoSource, TrainingPhoto, batches, random_crop

RECIPE = TrainConfig(batch_size=5, crop=16, seed=3)


@pytest.fixture(scope="session")
def shard_folder(photo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The twelve photos in three tar shards, with a label beside each."""
    folder = tmp_path_factory.mktemp("shards")
    for number in range(3):
        with tarfile.open(folder / f"train-{number:04}.tar", "w") as tar:
            for file in sorted(photo_folder.iterdir())[number::3]:
                tar.add(file, file.name)
                label = tarfile.TarInfo(f"{file.stem}.cls")
                label.size = 1
                tar.addfile(label, io.BytesIO(b"7"))
    return folder


def keys(source: PhotoSource, epoch: int, seed: int = 0) -> list[str]:
    return [Path(photo.key).stem for photo in source.epoch(epoch, seed)]


@pytest.fixture(params=["folder", "shards"])
def source(request: pytest.FixtureRequest, photo_folder: Path, shard_folder: Path) -> PhotoSource:
    return PhotoSource(photo_folder if request.param == "folder" else shard_folder)


def test_an_epoch_has_every_photo_once_in_its_own_order(source: PhotoSource) -> None:
    assert source.count() == 12
    orders = [keys(source, epoch) for epoch in range(3)]
    assert all(sorted(order) == [f"{number:02}" for number in range(12)] for order in orders)
    assert orders[0] != orders[1] != orders[2] and keys(source, 0, seed=1) != orders[0]
    assert keys(source, 1) == orders[1]


def test_a_single_shard_and_a_pattern_of_shards_are_sources(shard_folder: Path) -> None:
    assert PhotoSource(shard_folder / "train-0001.tar").count() == 4
    pattern = PhotoSource(f"{shard_folder}/train-{{0000..0001}}.tar")
    assert pattern.count() == 8 and len(keys(pattern, 0)) == 8


def test_remote_shards_cannot_be_counted() -> None:
    source = PhotoSource("http://example.invalid/train-{0000..0003}.tar")
    assert len(source.shards) == 4
    with pytest.raises(DataError, match="--photos"):
        source.count()


def test_folders_are_searched_and_other_files_left_alone(tmp_path: Path, photo_folder: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "X.PNG").write_bytes((photo_folder / "00.png").read_bytes())
    (tmp_path / "notes.txt").write_text("no photo")
    assert PhotoSource(tmp_path).count() == 1


def test_what_is_counted_in_a_folder_is_what_an_epoch_yields(tmp_path: Path, photo_folder: Path) -> None:
    content = (photo_folder / "00.png").read_bytes()
    folder, elsewhere = tmp_path / "in", tmp_path / "elsewhere"
    for name in ("a.jpg", "a.png", "photo v1.2.png", "#1?.png", "new\nline.png", "\udcff.png", "._a.png", "deep/b.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    elsewhere.mkdir()
    (elsewhere / "c.png").write_bytes(content)
    (folder / "folder.png").mkdir()
    (folder / "class").symlink_to(elsewhere)
    (folder / "deep" / "round").symlink_to(folder)
    source, cache = PhotoSource(folder), PhotoCache()
    photos = list(source.epoch(0, 0))
    assert source.count() == len(photos) == 8 and all(cache.pixels(photo) is not None for photo in photos)


def test_what_holds_no_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no photos and no .tar shards"):
        PhotoSource(tmp_path)
    with pytest.raises(DataError, match="no folder or shard"):
        PhotoSource(tmp_path / "nowhere")
    (tmp_path / "photo.png").write_bytes(b"")
    with pytest.raises(DataError, match="neither a folder nor a .tar shard"):
        PhotoSource(tmp_path / "photo.png")


def test_damaged_shards_are_refused(tmp_path: Path, shard_folder: Path) -> None:
    content = (shard_folder / "train-0000.tar").read_bytes()
    with tarfile.open(shard_folder / "train-0000.tar") as tar:
        middle = tar.getmembers()[4].offset_data + 10  # in the middle of a photo
    for number, damaged in enumerate([content[:middle], b"x" * 2000, b"x"]):
        shard = tmp_path / f"{number}.tar"
        shard.write_bytes(damaged)
        with pytest.raises(DataError, match="not a readable tar shard"):
            PhotoSource(shard).count()
        with pytest.raises(DataError, match="cannot be read to the end"):
            list(PhotoSource(shard).epoch(0, 0))


def drawn(source: PhotoSource, epoch: int = 0, **options: int) -> list[Batch]:
    return list(batches(source, PhotoCache(), RECIPE, epoch=epoch, **options))


def test_batches_are_full_and_in_range(source: PhotoSource) -> None:
    found = drawn(source)
    assert [batch.position for batch in found] == [5, 10]  # 12 photos: the last two do not fill a batch
    for batch in found:
        assert batch.images.shape == (5, 3, 16, 16) and batch.images.dtype == torch.float32
        assert batch.images.min() >= -1 and batch.images.max() <= 1 and batch.images.std() > 0.1


def test_resuming_after_some_photos_gives_the_remaining_batches(source: PhotoSource) -> None:
    whole = drawn(source, epoch=1)
    rest = drawn(source, epoch=1, position=whole[0].position)
    assert torch.equal(rest[0].images, whole[1].images) and rest[0].position == whole[1].position
    assert not torch.equal(drawn(source, epoch=2)[0].images, whole[0].images)


def test_unreadable_photos_are_skipped_and_counted_once(tmp_path: Path, photo_folder: Path) -> None:
    for file in photo_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.png").write_text("not a photo")
    (tmp_path / "cut.png").write_bytes((photo_folder / "00.png").read_bytes()[:200])
    source, cache = PhotoSource(tmp_path), PhotoCache()
    for epoch in range(4):
        found = list(batches(source, cache, RECIPE, epoch=epoch))
        assert len(found) == 2
        # the position counts unreadable ones too, so it is where the epoch's list goes on
        resumed = list(batches(source, PhotoCache(), RECIPE, epoch=epoch, position=found[0].position))
        assert torch.equal(resumed[0].images, found[1].images)
    assert cache.unreadable == 3  # not all after one epoch: what does not fill a batch is not even looked at


def test_the_cache_keeps_photos_within_its_limit(photo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[object] = []
    from rfsq.training import data as data_module

    real = data_module.read_image
    monkeypatch.setattr(data_module, "read_image", lambda content: (reads.append(content), real(content))[1])
    photos = [TrainingPhoto(str(path), path) for path in sorted(photo_folder.iterdir())[:2]]
    roomy, small = PhotoCache(), PhotoCache(limit_bytes=20 * 31 * 3)
    for cache, expected in ((roomy, 2), (small, 3)):
        reads.clear()
        pixels = [cache.pixels(photo) for photo in photos + photos]
        assert len(reads) == expected
        assert all(np.array_equal(first, second) for first, second in zip(pixels[:2], pixels[2:], strict=True))


@given(height=st.integers(1, 30), width=st.integers(1, 30), seed=st.integers(0, 1000), flip=st.booleans())
def test_a_crop_is_a_window_of_the_photo_with_its_edge_repeated(height: int, width: int, seed: int, flip: bool) -> None:
    pixels = np.arange(height * width * 3, dtype=np.int32).reshape(height, width, 3)
    crop = random_crop(pixels, 16, flip, np.random.default_rng(seed))
    assert crop.shape == (16, 16, 3)
    rows, columns = crop[..., 0] // 3 // width, crop[..., 0] // 3 % width
    if columns[0, 0] > columns[0, -1]:
        assert flip
        columns = columns[:, ::-1]
    for places, length in ((rows[:, 0], height), (columns[0], width)):
        steps = np.diff(places)
        assert set(steps) <= {0, 1} and (steps.all() or (places[0] == 0 and places[-1] == length - 1))
    assert (rows == rows[:, :1]).all() and (columns == columns[:1]).all()


def test_half_of_the_photos_are_mirrored_if_the_recipe_says_so(photo: Callable[..., np.ndarray]) -> None:
    pixels = photo(16, 16, 0)
    mirrored = [
        bool((random_crop(pixels, 16, True, np.random.default_rng(seed)) != pixels).any()) for seed in range(200)
    ]
    assert 70 < sum(mirrored) < 130
    never = [random_crop(pixels, 16, False, np.random.default_rng(seed)) for seed in range(20)]
    assert all(np.array_equal(crop, pixels) for crop in never)


def test_a_photo_comes_from_its_file(tmp_path: Path, photo: Callable[..., np.ndarray]) -> None:
    Image.fromarray(photo(16, 16, 4)).save(tmp_path / "one.png")
    recipe = TrainConfig(batch_size=1, crop=16, flip=False)
    (batch,) = batches(PhotoSource(tmp_path), PhotoCache(), recipe, epoch=0)
    pixels = ((batch.images[0] + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    assert np.array_equal(pixels, photo(16, 16, 4))
