"""Listing a folder: every file once, hidden ones left out, links followed but never round in circles."""

import os
from pathlib import Path

import pytest

from rfsq.machine.folders import files_in


def made(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def listed(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in files_in(folder, (".png", ".jpg"))]


def test_files_of_the_folder_and_the_folders_in_it_are_listed_with_any_legal_name(tmp_path: Path) -> None:
    names = ["a.png", "b/c.d/e f.JPG", "#1?.png", "new\nline.png", "\udcff.png", "写.png", "*[a].png", "a.b.c.jpg"]
    made(tmp_path, *names, "notes.txt", "png", "x.png.txt")
    (tmp_path / "folder.png").mkdir()
    assert listed(tmp_path) == sorted(names, key=lambda name: Path(name))


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    made(tmp_path, "a.png", "._a.png", ".b.png", ".git/c.png", "d/.e/f.png", ".png")
    assert listed(tmp_path) == ["a.png"]
    hidden = made(tmp_path / ".cache", "g.png")
    assert listed(hidden) == ["g.png"]  # asked for by name


def test_linked_folders_are_followed_and_each_is_read_once(tmp_path: Path) -> None:
    elsewhere = made(tmp_path / "elsewhere", "a.png", "deep/b.png")
    folder = made(tmp_path / "in", "c.png", "z/d.png")
    (folder / "class1").symlink_to(elsewhere)
    (folder / "class2").symlink_to(elsewhere)  # the same folder
    (folder / "class3").symlink_to(elsewhere / "deep")  # a part of it
    (folder / "round").symlink_to(folder)
    (folder / "z" / "up").symlink_to(folder)
    (folder / "a").symlink_to(folder / "z")  # a folder that has its own place here
    (elsewhere / "back").symlink_to(folder)
    assert listed(folder) == ["c.png", "class1/a.png", "class1/deep/b.png", "z/d.png"]
    (folder / "class1").unlink()
    (folder / "class2").unlink()
    assert listed(folder) == ["c.png", "class3/b.png", "z/d.png"]


def test_linked_files_are_listed_even_where_they_lead_nowhere_and_pipes_are_not(tmp_path: Path) -> None:
    made(tmp_path, "a.png")
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "lost.png").symlink_to("nowhere")
    (tmp_path / "self.png").symlink_to("self.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert listed(tmp_path) == ["a.png", "b.png", "lost.png", "self.png"]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, "a.png", "b/c.png", "d/e.png")
    real, told = os.listdir, []

    def listdir(folder: Path) -> list[str]:
        if Path(folder).name == "b":
            raise PermissionError(13, "Permission denied", str(folder))
        return real(folder)

    monkeypatch.setattr(os, "listdir", listdir)
    with pytest.raises(PermissionError):
        files_in(tmp_path, (".png",))
    found = files_in(tmp_path, (".png",), lambda folder, error: told.append((folder.name, error.errno)))
    assert [path.name for path in found] == ["a.png", "e.png"] and told == [("b", 13)]
    with pytest.raises(NotADirectoryError):
        files_in(tmp_path / "a.png", (".png",))
