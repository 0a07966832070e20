"""The README is the first program: its Python example runs, its commands exist."""

import re
import runpy
from pathlib import Path

import pytest
from paths import ROOT

from rfsq.commands.cli import COMMANDS
from rfsq.photos.gallery import EXAMPLES, load_example
from rfsq.photos.read import read_image
from rfsq.photos.write import write_png

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    photo = load_example(EXAMPLES[0].name)
    write_png(photo, tmp_path / "photo.jpg")
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    runpy.run_path(str(tmp_path / "example.py"))
    assert read_image(tmp_path / "two-stages.png").shape == photo.shape


def test_every_command_of_the_readme_exists_and_every_command_is_in_it() -> None:
    assert set(re.findall(r"python -m rfsq (\w+)", README)) == set(COMMANDS) | {"train"}


def test_files_that_the_readme_names_are_there() -> None:
    for path in re.findall(r"\]\(([^)h][^)]*)\)", README):
        assert (ROOT / path).exists(), path
