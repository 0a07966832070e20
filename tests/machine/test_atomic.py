"""Atomic writes: the old file or the new one, never a part, nothing left behind; links, pipes and devices stay."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from paths import ROOT

from rfsq.machine.atomic import is_standard_output, write_atomically


def test_a_file_is_written_with_its_folders_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.bin"
    for content in (b"first", b"", bytes(100_000)):
        write_atomically(path, content)
        assert path.read_bytes() == content and os.listdir(path.parent) == ["file.bin"]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_no_partial_one(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.bin"
    write_atomically(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file.bin"]


def test_the_new_file_is_whole_before_it_takes_the_old_ones_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "file.bin", []
    write_atomically(path, b"old")
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        seen.append((Path(source).read_bytes(), Path(target).read_bytes()))
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    write_atomically(path, b"new content")
    assert seen == [(b"new content", b"old")] and path.read_bytes() == b"new content"


def test_writers_of_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    path, failures = tmp_path / "file.bin", []

    def write(number: int) -> None:
        try:
            for _ in range(30):
                write_atomically(path, bytes([number]) * 50_000)
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if path.exists():
            content = path.read_bytes()
            assert len(content) == 50_000 and len(set(content)) == 1
    assert not failures and os.listdir(tmp_path) == ["file.bin"]


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    target, link, second = tmp_path / "a" / "target", tmp_path / "link", tmp_path / "second"
    target.parent.mkdir()
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(Path("a") / "target")
    second.symlink_to(link)
    for path, content in ((link, b"new"), (second, b"newer")):
        write_atomically(path, content)
        assert path.is_symlink() and target.read_bytes() == content and target.stat().st_mode & 0o777 == 0o640
    nowhere = tmp_path / "nowhere"
    nowhere.symlink_to(tmp_path / "b" / "made")
    write_atomically(nowhere, b"x")
    assert nowhere.is_symlink() and (tmp_path / "b" / "made").read_bytes() == b"x"
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "link", "nowhere", "second"]


@pytest.mark.parametrize(
    "name", ["a" * 255, "写" * 85, "a b", "#", "?", "new\nline", "\udcff\udcfe", "-", "~", "*", "%s"]
)
def test_every_name_that_a_file_may_have_is_written(name: str, tmp_path: Path) -> None:
    write_atomically(tmp_path / name, b"x")
    assert os.listdir(tmp_path) == [name] and (tmp_path / name).read_bytes() == b"x"


def test_pipes_and_devices_are_written_to_and_stay(tmp_path: Path) -> None:
    fifo, received = tmp_path / "fifo", []
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: received.append(fifo.read_bytes()))
    reader.start()
    write_atomically(fifo, bytes(200_000))  # more than a pipe holds
    reader.join()
    assert received == [bytes(200_000)] and fifo.is_fifo()
    write_atomically(Path(os.devnull), b"x")
    assert Path(os.devnull).is_char_device()


def test_what_is_open_is_written_to_without_losing_what_stands_there(tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb") as file:
        file.write(b"before ")
        file.flush()
        write_atomically(Path(f"/dev/fd/{file.fileno()}"), b"between ")
        file.write(b"after")
    assert (tmp_path / "open").read_bytes() == b"before between after"


@pytest.mark.parametrize("name", ["out", "/dev/stdout"])
def test_the_file_that_standard_output_goes_to_gets_both(name: str, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rfsq.machine.atomic import *; assert is_standard_output(Path(sys.argv[1]));"
        "print('table'); write_atomically(Path(sys.argv[1]), b'written '); print('end')"
    )
    path = tmp_path / name  # an absolute name stays as it is
    with (tmp_path / "out").open("wb") as file:
        subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=file, check=True)
    assert (tmp_path / "out").read_text() == "table\nwritten end\n"
    assert not is_standard_output(Path(os.devnull)) and not is_standard_output(tmp_path / "nothing")


def test_errors_name_the_file_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, kind in (
        ("", IsADirectoryError),
        ("file/below", NotADirectoryError),
        ("loop", OSError),
        ("b" * 256, OSError),
    ):
        with pytest.raises(kind) as error:
            write_atomically(tmp_path / name, b"x")
        assert error.value.filename == str(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["file", "loop"]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_protected_file_or_folder_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    write_atomically(path, b"old")
    for protected, rights in ((path, 0o444), (path.parent, 0o555)):
        protected.chmod(rights)
        with pytest.raises(PermissionError):
            write_atomically(path, b"new")
        protected.chmod(0o755)
    assert path.read_bytes() == b"old" and os.listdir(path.parent) == ["file"]
