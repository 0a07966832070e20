"""A file or a folder of them: what is read, where results go, and what happens to the rest when one goes wrong."""

import os
import threading
from pathlib import Path

import pytest

from rfsq.commands import batch
from rfsq.commands.batch import error_records, exit_code, opened, picture_source, report_errors, results_of, run_all


def results(folder: Path, *names: str, suffix: str = ".rfsq") -> dict[str, str]:
    files = [folder / name for name in names]
    made = results_of(folder, files, folder / "out", suffix)
    return {str(file.relative_to(folder)): str(out.relative_to(folder / "out")) for file, out in made.items()}


def test_results_have_the_names_of_their_files(tmp_path: Path) -> None:
    names = {"a.png": "a.rfsq", "b/a.jpg": "b/a.rfsq", "v1.2 (1).jpg": "v1.2 (1).rfsq", "\udcff.png": "\udcff.rfsq"}
    assert results(tmp_path, *names) == names
    assert results(tmp_path, "a.jpg.rfsq", "a.rfsq", suffix=".png") == {"a.jpg.rfsq": "a.jpg.png", "a.rfsq": "a.png"}
    assert results_of(tmp_path / "one.png", [], tmp_path / "x.rfsq", ".rfsq") == {
        tmp_path / "one.png": tmp_path / "x.rfsq"
    }


def test_files_of_one_stem_are_different_files(tmp_path: Path) -> None:
    assert results(tmp_path, "a.jpg", "a.png", "b.jpg", "c/a.jpg") == {
        "a.jpg": "a.jpg.rfsq",
        "a.png": "a.png.rfsq",
        "b.jpg": "b.rfsq",
        "c/a.jpg": "c/a.rfsq",
    }
    # where a whole name is what another file's name would become, that one stays whole, too
    chain = results(tmp_path, "a.jpg", "a.png", "a.jpg.png", "a.jpg.png.gif")
    assert len(set(chain.values())) == 4 and chain["a.jpg.png"] == "a.jpg.png.rfsq"


def test_a_folder_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"x")
    with pytest.raises(ValueError, match="is a file; what is made of a folder needs a folder"):
        results(tmp_path, "a.png")


def test_one_bad_file_does_not_keep_the_others_from_being_done(capsys, tmp_path: Path) -> None:
    reasons: dict[str, Exception] = {
        "b": ValueError("It is broken."),
        "d\n\x1b[2J": OSError(28, "No space left on device", "/out"),
        "e": MemoryError(),
        "f": RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"),
    }

    def do(file: Path) -> dict[str, str]:
        if file.name in reasons:
            raise reasons[file.name]
        return {"file": file.name}

    done, errors = run_all("work", [tmp_path / name for name in ["a", *reasons, "c"]], do)
    assert [record["file"] for record in done] == ["a", "c"] and [file.name for file in errors] == list(reasons)
    assert exit_code(done, errors) == 1 and exit_code(done, {}) == 0 and exit_code([], errors) == 2
    capsys.readouterr()
    report_errors("work", errors, tmp_path)
    assert capsys.readouterr().err.splitlines() == [
        "rfsq work: b: It is broken.",
        r"rfsq work: d\n\x1b[2J: '/out': no space left on device",
        "rfsq work: e: There is not enough memory for it.",
        "rfsq work: f: There is not enough memory for it.",
    ]
    assert error_records(errors)[0] == {"file": str(tmp_path / "b"), "error": "It is broken."}
    with pytest.raises(RuntimeError, match="a fault of ours"):
        run_all("work", [tmp_path], lambda file: (_ for _ in ()).throw(RuntimeError("a fault of ours")))


def test_what_comes_from_a_pipe_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo, file = tmp_path / "fifo", tmp_path / "file"
    os.mkfifo(fifo)
    file.write_bytes(b"abc")
    for read in (lambda: picture_source(fifo), lambda: next(opened(fifo).gen)[0].read()):
        writer = threading.Thread(target=lambda: fifo.write_bytes(bytes(100_000)))
        writer.start()
        assert read() == bytes(100_000)
        writer.join()
    with opened(file) as (stream, size):
        assert (stream.read(), size) == (b"abc", 3)
    for path in (file, tmp_path, tmp_path / "missing"):  # `read_image` has the sentences for these
        assert picture_source(path) == path
    monkeypatch.setattr(batch, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="limit"), opened(Path("/dev/zero")):
        pass
