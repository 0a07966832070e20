"""Photos in shards: what is counted is what is read, whatever the names, links and damages in the archive."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rfsq.training.data import DataError, PhotoCache, PhotoSource
from rfsq.training.shards import ShardError, expand, photo_names, read_photos


def jpeg(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture()
def shard(tmp_path: Path) -> Callable[..., Path]:
    """Makes a shard of members, each a name with its content, or a finished header."""

    def make(
        members: list[tuple[str | tarfile.TarInfo, bytes] | tarfile.TarInfo],
        name: str = "x.tar",
        format: int = tarfile.PAX_FORMAT,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w", format=format) as archive:
            for member in members:
                if isinstance(member, tarfile.TarInfo):
                    archive.addfile(member)
                else:
                    info = member[0] if isinstance(member[0], tarfile.TarInfo) else tarfile.TarInfo(member[0])
                    info.size = len(member[1])
                    archive.addfile(info, io.BytesIO(member[1]))
        return path

    return make


NAMES = [
    "photo v1.1.jpg",
    "IMG_2024.001.jpg",
    "a.jpg",
    "a.png",
    "A.JPEG",
    "./b.jpg",
    "deep/er.folder/c.webp",
    "#1.jpg",
    "q?mark.jpg",
    "new\nline.jpg",
    "写真.jpg",
    "caf\udce9.jpg",
    " .jpg",
    "x" * 250 + ".jpg",
    "/".join(["y" * 99] * 4) + ".jpg",
]


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("folder", ["plain", "hash#1", "q?mark", "per%20cent", "{a,b}", "a b", "new\nline", "\udcff"])
def test_every_photo_is_counted_and_read_whatever_its_name(
    folder: str, format: int, shard: Callable[..., Path]
) -> None:
    path = shard([(name, name.encode("utf-8", "surrogateescape")) for name in NAMES], f"{folder}/x.tar", format)
    for source in (PhotoSource(path), PhotoSource(path.parent)):
        photos = list(source.epoch(0, 0))
        assert source.count() == len(photos) == len({photo.key for photo in photos}) == len(NAMES)
        assert {photo.content for photo in photos} == {name.encode("utf-8", "surrogateescape") for name in NAMES}


def test_hidden_members_folders_and_links_are_no_photos(shard: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    others: list[tuple[str, bytes] | tarfile.TarInfo] = [
        (name, b"x") for name in ("._a.jpg", ".hidden.jpg", "__MACOSX/._a.jpg", ".git/b.jpg", "a.txt", "jpg", ".jpg")
    ]
    for kind, link in (
        (tarfile.DIRTYPE, ""),
        (tarfile.SYMTYPE, str(tmp_path / "secret.jpg")),
        (tarfile.SYMTYPE, "a.jpg"),
        (tarfile.LNKTYPE, "a.jpg"),
        (tarfile.LNKTYPE, "../secret.jpg"),
        (tarfile.FIFOTYPE, ""),
        (tarfile.CHRTYPE, ""),
    ):
        member = tarfile.TarInfo(f"{len(others)}.jpg")
        member.type, member.linkname = kind, link
        others.append(member)
    bomb = tarfile.TarInfo("bomb.jpg")  # a terabyte of nothing
    bomb.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(10**12)}
    bomb.size = 512
    path = shard([("a.jpg", b"photo"), *others, (bomb, b"0\n".ljust(512, b"\0"))])
    assert photo_names(str(path)) == ["a.jpg"] and [content for _, content in read_photos(str(path))] == [b"photo"]


def test_two_members_of_one_name_are_two_photos(shard: Callable[..., Path], photo: Callable[..., np.ndarray]) -> None:
    contents = [jpeg(photo(16, 16, number)) for number in range(2)]
    source, cache = PhotoSource(shard([("a.jpg", content) for content in contents])), PhotoCache()
    photos = list(source.epoch(0, 0))
    assert source.count() == 2 and {photo.content for photo in photos} == set(contents)
    first, second = (cache.pixels(photo) for photo in photos)  # the cache tells them apart
    assert not np.array_equal(first, second)


def test_shards_are_found_in_deeper_folders_unless_there_are_photos(shard: Callable[..., Path], tmp_path: Path) -> None:
    shard([("a.jpg", b"x")], "deep/1.tar")
    shard([("b.jpg", b"x"), ("c.jpg", b"x")], "deep/2.TAR")
    (tmp_path / "deep" / "._1.tar").write_bytes(b"\0\5\x16\7Mac OS X")
    assert PhotoSource(tmp_path).count() == 3
    (tmp_path / "deep" / "d.png").write_bytes(b"")
    assert PhotoSource(tmp_path).files == [tmp_path / "deep" / "d.png"]
    assert len(PhotoSource(tmp_path / "deep").shards) == 2


def test_a_shard_that_ends_anywhere_but_between_members_is_refused(shard: Callable[..., Path]) -> None:
    path = shard([(f"{number}.jpg", bytes(600)) for number in range(3)])
    whole = path.read_bytes()
    for length in (0, 1, 511, 513, 1000, 1536 + 1, 1536 + 511, 1536 + 512 + 1, 2 * 1536 + 100):
        path.write_bytes(whole[:length])
        for read in (photo_names, lambda location: list(read_photos(location))):
            with pytest.raises(ShardError, match="^.*x.tar is not a readable tar shard .*[.]$") as error:
                read(str(path))
            assert "\n" not in str(error.value)
    path.write_bytes(whole[: 2 * 1536])  # without the mark at the end, as some programs leave it
    assert len(photo_names(str(path))) == len(list(read_photos(str(path)))) == 2


def test_damage_is_never_taken_for_the_end(shard: Callable[..., Path]) -> None:
    path = shard([(f"{number}.jpg", bytes(600)) for number in range(3)])
    whole = bytearray(path.read_bytes())
    whole[1536 + 3] ^= 1  # in the name of the second member: its checksum is wrong
    path.write_bytes(whole)
    for read in (photo_names, lambda location: list(read_photos(location))):
        with pytest.raises(ShardError, match="at byte 1536"):
            read(str(path))


def test_random_damage_ends_in_photos_or_in_one_sentence(shard: Callable[..., Path]) -> None:
    path = shard([(name, bytes(700)) for name in NAMES])
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 5):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(len(whole)) if rng.random() < 0.3 else len(whole)])
        counts = []
        for read in (photo_names, lambda location: list(read_photos(location))):
            try:
                counts.append(len(read(str(path))))
            except ShardError as error:
                assert str(error).endswith(".") and "\n" not in str(error)
        assert len(set(counts)) <= 1


def test_patterns_and_programs_are_read_as_before(shard: Callable[..., Path], tmp_path: Path) -> None:
    for number in range(3):
        shard([(f"{number}.jpg", b"x"), (f"{number}.cls", b"7")], f"train-{number}.tar")
    assert PhotoSource(f"{tmp_path}/train-{{0..1}}.tar").count() == 2
    source = PhotoSource(f"pipe:cat {tmp_path}/train-{{0..2}}.tar")
    assert len(source.shards) == 3 and len(list(source.epoch(0, 0))) == 3
    with pytest.raises(DataError, match="--photos"):
        source.count()
    with pytest.raises(DataError, match="There is no shard .*train-3.tar"):
        list(PhotoSource(f"{tmp_path}/train-{{2..3}}.tar").epoch(0, 0))
    with pytest.raises(DataError, match="cannot be read to the end: .*exit 1"):
        list(PhotoSource(f"pipe:cat {tmp_path}/none.tar").epoch(0, 0))
    with pytest.raises(ShardError, match="not a pattern"):
        expand("http://example.invalid/{0..1.tar")
