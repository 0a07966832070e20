"""compress, decompress, info and reconstruct: they agree about a file, and take files as people have them: folders, links, odd
names, pipes."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from paths import ROOT
from PIL import Image

from rfsq.commands.cli import main
from rfsq.photos.read import read_image

MODEL = ["--model", "vq-4096", "--device", "cpu"]


def compress(*arguments: object) -> int:
    return main(["compress", *map(str, arguments), *MODEL])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.usefixtures("checkpoints")
def test_a_folders_bad_files_are_named_and_the_rest_is_done(photos: Path, tmp_path: Path, capsys) -> None:
    (photos / "1a\x1b[31m\nb.png").write_bytes(b"no picture")
    (photos / "2cut.png").write_bytes((photos / "2.png").read_bytes()[:100])
    (photos / "3lost.png").symlink_to("nowhere")
    (photos / "._0.png").write_bytes(b"\0\5\x16\7Mac OS X")
    files, pictures, record = tmp_path / "files", tmp_path / "pictures", tmp_path / "record.json"
    assert compress(photos, files, "--json", record) == 1
    out, error = capsys.readouterr()
    assert sorted(os.listdir(files)) == ["0.rfsq", "1.rfsq", "2.rfsq"] and "3 files, mean PSNR" in out
    named = [line for line in error.splitlines() if line.startswith("rfsq compress: ")]
    assert [line.split(": ")[1] for line in named] == [r"1a\x1b[31m\nb.png", "2cut.png", "3lost.png"]
    result = json.loads(record.read_text())
    assert len(result["files"]) == 3 and [one["file"] for one in result["errors"]] == [
        str(photos / name) for name in ("1a\x1b[31m\nb.png", "2cut.png", "3lost.png")
    ]
    assert "nowhere" not in (text := record.read_text()) and "\x1b" not in text

    (files / "1.rfsq").write_bytes((files / "1.rfsq").read_bytes()[:-1])
    (files / "junk.rfsq").write_bytes(b"junk")
    for command in (["info", str(files)], ["decompress", str(files), str(pictures), "--device", "cpu"]):
        assert main([*command, "--json", str(record)]) == 1
        result = json.loads(record.read_text())
        assert [Path(one["file"]).name for one in result["files"]] == ["0.rfsq", "2.rfsq"]
        assert [Path(one["file"]).name for one in result["errors"]] == ["1.rfsq", "junk.rfsq"]
    assert sorted(os.listdir(pictures)) == ["0.png", "2.png"]
    for name in ("0.rfsq", "2.rfsq"):
        (files / name).unlink()
    assert main(["info", str(files), "--json", str(record)]) == 2 and json.loads(record.read_text())["files"] == []


@pytest.mark.usefixtures("checkpoints")
def test_originals_survive_a_round_trip_in_their_own_folder(photos: Path, tmp_path: Path, capsys) -> None:
    shutil.copy(photos / "0.png", photos / "both.png")
    Image.open(photos / "1.png").save(photos / "both.jpg")
    before = contents(photos)
    assert compress(photos, photos) == 0
    made = contents(photos)
    assert made.keys() - before.keys() == {"0.rfsq", "1.rfsq", "2.rfsq", "both.jpg.rfsq", "both.png.rfsq"}
    assert main(["decompress", str(photos), str(photos), "--device", "cpu"]) == 1
    said = capsys.readouterr().err
    assert all(f"rfsq decompress: {name}.rfsq: '" in said for name in "012") and "--overwrite" in said
    after = contents(photos)
    assert {name: after[name] for name in made} == made
    assert after.keys() - made.keys() == {"both.jpg.png", "both.png.png"}  # nothing was there
    assert main(["decompress", str(photos), str(tmp_path / "new"), "--device", "cpu"]) == 0
    assert main(["decompress", str(photos), str(tmp_path / "new"), "--device", "cpu"]) == 0  # its own pictures
    assert main(["decompress", str(photos), str(photos), "--device", "cpu", "--overwrite"]) == 0
    assert contents(photos)["0.png"] != before["0.png"]


@pytest.mark.usefixtures("checkpoints")
def test_what_is_read_or_the_users_own_is_never_written(photos: Path, tmp_path: Path, capsys) -> None:
    photo = photos / "0.png"
    (tmp_path / "soft.rfsq").symlink_to(photo)
    os.link(photo, tmp_path / "hard.rfsq")
    (tmp_path / "notes").write_text("mine")
    before = contents(tmp_path)
    for out in (photo, tmp_path / "soft.rfsq", tmp_path / "hard.rfsq"):
        assert compress(photo, out, "--overwrite") == 2
    assert compress(photo, tmp_path / "notes") == 2 and compress(photo, tmp_path / "new.png") == 2
    for out in (photos / "1.png", photo, tmp_path / "o.webp", tmp_path / "notes"):
        assert main(["reconstruct", str(photo), str(out), *MODEL]) == 2
    assert compress(photo, tmp_path / "o.rfsq", "--json", tmp_path / "o.rfsq.json") == 0
    for out in (photo, tmp_path / "o.rfsq", tmp_path / "notes"):
        assert main(["decompress", str(tmp_path / "o.rfsq"), str(out), "--device", "cpu"]) == 2
    assert all(line.startswith("rfsq ") and line.endswith(".") for line in capsys.readouterr().err.splitlines())
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before and after.keys() - before.keys() == {
        "o.rfsq",
        "o.rfsq.json",
    }


@pytest.mark.usefixtures("checkpoints")
def test_a_report_does_not_take_the_place_of_what_is_read_or_made(photos: Path, tmp_path: Path, capsys) -> None:
    photo = shutil.copy(photos / "0.png", tmp_path / "photo")
    (tmp_path / "link").symlink_to(photo)
    for report in ("photo", "link", "out", "photos"):
        assert compress(photo, tmp_path / "out", "--json", tmp_path / report) == 2
    assert not (tmp_path / "out").exists() and Path(photo).read_bytes() == (photos / "0.png").read_bytes()
    with pytest.raises(SystemExit, match="2"):
        compress(photo, tmp_path / "out", "--json", photos / "1.png")
    assert "is a name for a picture" in capsys.readouterr().err


@pytest.mark.usefixtures("checkpoints")
def test_a_jpeg_name_gets_a_jpeg_and_a_note(photos: Path, tmp_path: Path, capsys) -> None:
    for out in ("o.jpg", "o.png"):
        assert main(["reconstruct", str(photos / "0.png"), str(tmp_path / out), *MODEL]) == 0
        assert ("is JPEG at quality" in capsys.readouterr().out) == (out == "o.jpg")
    jpeg, png = read_image(tmp_path / "o.jpg"), read_image(tmp_path / "o.png")
    assert (tmp_path / "o.jpg").read_bytes().startswith(b"\xff\xd8") and not np.array_equal(jpeg, png)
    assert abs(jpeg.astype(int) - png).mean() < 3


NAMES = ["写" * 80 + ".png", "a" * 245 + ".png", "#1? *[x]%20.png", "new\nline.png", "-.png", " .png"]


@pytest.mark.usefixtures("checkpoints")
def test_any_legal_name_comes_through(photos: Path, tmp_path: Path, capsys) -> None:
    folder, record = tmp_path / "in", tmp_path / "record.json"
    folder.mkdir()
    names = [*NAMES, os.fsdecode(b"caf\xe9.png"), "\u202egnp.png"]
    for name in names:
        shutil.copy(photos / "0.png", folder / name)
    assert compress(folder, tmp_path / "files", "--json", record) == 0
    assert main(["decompress", str(tmp_path / "files"), str(tmp_path / "out"), "--device", "cpu"]) == 0
    assert sorted(os.listdir(tmp_path / "out")) == sorted(names)
    assert {one["image"] for one in json.loads(record.read_bytes())["files"]} == {str(folder / name) for name in names}
    out, error = capsys.readouterr()
    assert r"new\nline.png" in out and r"caf\xe9.png" in out and r"\u202egnp.png" in out
    assert not any(c in out + error + record.read_text() for c in "\u202e\udce9\x1b")
    assert compress(folder / NAMES[1], tmp_path / ("b" * 250 + ".rfsq")) == 0


class Pipe:
    """Standard input with these bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.usefixtures("checkpoints")
def test_pictures_and_files_go_through_standard_input_and_output(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary
) -> None:
    def piped(content: bytes, *arguments: str) -> bytes:
        monkeypatch.setattr(sys, "stdin", Pipe(content))
        assert main([*arguments, "--device", "cpu"]) == 0
        out, error = capfdbinary.readouterr()
        assert b"\xe2\x94\x80" in error  # the table
        return out

    file = piped((photos / "1.png").read_bytes(), "compress", "-", "-", "--model", "vq-4096")
    assert compress(photos / "1.png", tmp_path / "o.rfsq") == 0
    capfdbinary.readouterr()
    assert file == (tmp_path / "o.rfsq").read_bytes()
    picture = piped(file, "decompress", "-", "-")
    assert picture == piped((photos / "1.png").read_bytes(), "reconstruct", "-", "-", "--model", "vq-4096")
    assert read_image(picture).shape == (33, 47, 3)
    record = tmp_path / "record.json"
    monkeypatch.setattr(sys, "stdin", Pipe(file))
    assert main(["info", "-", "--json", str(record)]) == 0
    assert json.loads(record.read_bytes())["files"][0]["bytes"] == len(file)
    capfdbinary.readouterr()
    record_of = json.loads(
        piped(b"", "reconstruct", str(photos / "1.png"), str(tmp_path / "o"), *MODEL[:2], "--json", "-")
    )
    assert record_of["model"] == "vq-4096"


@pytest.mark.usefixtures("checkpoints")
def test_input_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    for arguments, said in (
        (["info", "-"], "Standard input is closed."),
        (["decompress", "-", str(tmp_path / "x")], "Standard input is closed."),
        (["compress", "-", str(tmp_path / "x"), *MODEL], "Standard input is closed."),
        (["compress", "\x1b[31m", str(tmp_path / "x"), *MODEL], r"There is no file or folder '\x1b[31m'."),
        (["compress", os.devnull, str(tmp_path / "x"), *MODEL], "This file is empty."),
        (["info", os.devnull], "The file is empty."),
    ):
        assert main(arguments) == 2
        [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("rfsq ")]
        assert said in line
    for arguments in (["models", "\x1b[31m"], ["info", ""], ["\x9b"]):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
        error = capsys.readouterr().err
        assert "\x1b" not in error and "\x9b" not in error


@pytest.mark.usefixtures("checkpoints")
def test_a_result_for_closed_standard_output_is_refused(photos: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "__stdout__", None)
    assert compress(photos / "0.png", "-") == 2
    assert capsys.readouterr().err == "rfsq compress: Standard output is closed.\n"


@pytest.mark.slow
def test_a_reader_of_json_that_has_gone_is_no_matter_for_words() -> None:
    command = f"'{sys.executable}' -m rfsq models --json - | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert done.stdout == b"141\n" and b"Error" not in done.stderr and b"roken pipe" not in done.stderr


def test_compress_info_and_decompress_agree(checkpoints: Path, photos: Path, tmp_path: Path, capsys) -> None:
    """With tables and without, a picture or a folder: `decompress` gives what `reconstruct` gives."""
    model = ["--model", "rfsq-4x1024-layernorm"]
    record_file = tmp_path / "record.json"

    def record() -> dict:
        return json.loads(record_file.read_text())

    for coding in ("uniform", "context"):
        one, made = tmp_path / f"{coding}.rfsq", tmp_path / f"{coding}.png"
        assert (
            main(["compress", str(photos / "1.png"), str(one), *model, "--device", "cpu", "--json", str(record_file)])
            == 0
        )
        assert one.stat().st_size == record()["bytes"] and record()["bpp"] == 8 * one.stat().st_size / (33 * 47)
        [compressed] = record()["files"]
        assert compressed["coding"] == coding and compressed["side_bytes"] == 80
        for stages in (4, 2):
            assert main(["decompress", str(one), str(made), "--stages", str(stages), "--device", "cpu"]) == 0
            main(
                [
                    "reconstruct",
                    str(photos / "1.png"),
                    str(tmp_path / "own.png"),
                    *model,
                    "--stages",
                    str(stages),
                    "--device",
                    "cpu",
                    "--json",
                    str(record_file),
                ]
            )
            assert made.read_bytes() == (tmp_path / "own.png").read_bytes()
            if stages == 4:
                assert record()["psnr_db"] == pytest.approx(compressed["psnr_db"])
        assert main(["info", str(one), "--json", str(record_file)]) == 0
        [info] = record()["files"]
        assert (info["model"], info["weights"], info["stages"], info["coding"]) == (model[1], "here", 4, coding)
        assert sum(info["stage_bytes"]) == compressed["token_bytes"] + compressed["side_bytes"]
        if coding == "uniform":
            assert main(["tables", "--data", str(photos), "--models", model[1], "--crop", "32", "--device", "cpu"]) == 0
    files, pictures = tmp_path / "files", tmp_path / "pictures"
    assert (
        main(
            [
                "compress",
                str(photos),
                str(files),
                *model,
                "--stages",
                "3",
                "--device",
                "cpu",
                "--json",
                str(record_file),
            ]
        )
        == 0
    )
    assert record()["bytes"] == sum(file.stat().st_size for file in files.iterdir()) and len(record()["files"]) == 3
    assert main(["info", str(files)]) == 0 and main(["decompress", str(files), str(pictures), "--device", "cpu"]) == 0
    assert sorted(file.name for file in pictures.iterdir()) == ["0.png", "1.png", "2.png"]
    assert "3 of 3" in capsys.readouterr().out
    (files / "1.rfsq").write_bytes((files / "1.rfsq").read_bytes()[:-1])
    for command in (["info", str(files)], ["decompress", str(files), str(pictures)]):
        assert main(command) == 1 and "1.rfsq: The file ends within stage 3" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["cut", "damaged"])
def test_of_a_broken_file_the_whole_stages_are_told_and_can_be_read(
    how: str, checkpoints: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, record = tmp_path / "photo.rfsq", tmp_path / "info.json"
    assert (
        main(["compress", str(photos / "0.png"), str(file), "--model", "rfsq-4x1024-layernorm", "--device", "cpu"]) == 0
    )
    content = file.read_bytes()
    assert main(["info", str(file), "--json", str(record)]) == 0
    [info] = json.loads(record.read_text())["files"]
    ends = len(content) - sum(info["stage_bytes"][3:]) - 8  # within stage 3, whatever stage 4's length takes
    file.write_bytes(
        content[:ends] if how == "cut" else content[:ends] + bytes([content[ends] ^ 1]) + content[ends + 1 :]
    )
    capsys.readouterr()
    assert main(["info", str(file), "--json", str(record)]) == 2
    out, error = capsys.readouterr()
    assert "rfsq-4x1024-layernorm" in out and "2 of 4" in out
    assert "stage 3" in error and "stages 1–2 are whole: `rfsq decompress --stages 2`." in error
    [broken] = json.loads(record.read_text())["incomplete"]
    assert broken["stage_bytes"] == info["stage_bytes"][:2] and broken["width"] == info["width"]
    picture = ["decompress", str(file), str(tmp_path / "o.png"), "--device", "cpu"]
    assert main(picture) == 2
    assert "stages 1–2 are whole: `rfsq decompress --stages 2`." in capsys.readouterr().err
    assert main([*picture, "--stages", "2"]) == 0


def test_of_a_file_that_breaks_in_its_first_stage_the_header_is_told(
    checkpoints: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "photo.rfsq"
    assert main(["compress", str(photos / "0.png"), str(file), "--model", "vq-4096", "--device", "cpu"]) == 0
    file.write_bytes(file.read_bytes()[:-1])
    capsys.readouterr()
    assert main(["info", str(file)]) == 2
    out, error = capsys.readouterr()
    assert "0 of 1" in out and error.endswith("The file ends within stage 1; it is incomplete.\n")


def test_an_interrupted_compress_leaves_no_half_file(
    checkpoints: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "photo.rfsq"
    arguments = ["compress", str(photos / "0.png"), str(out), "--model", "vq-4096", "--device", "cpu"]
    assert main(arguments) == 0
    before = out.read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    assert main([*arguments, "--coding", "uniform"]) == 130
    assert out.read_bytes() == before and [file.name for file in out.parent.iterdir()] == ["photo.rfsq"]
