"""Where the shipped files are found, in a clone and in an installed package."""

from pathlib import Path

import pytest
from paths import CHECKPOINTS, ROOT

from rfsq.machine import shipped as module
from rfsq.machine.shipped import shipped


def test_in_a_clone_they_are_at_the_top_level() -> None:
    assert shipped("checkpoints") == CHECKPOINTS
    assert shipped("app.py") == ROOT / "app.py"


def test_in_an_installed_package_they_are_inside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rfsq" / "shipped").mkdir(parents=True)
    (tmp_path / "app.py").touch()  # of somebody else's package in the same environment
    monkeypatch.setattr(module, "_PACKAGE", tmp_path / "rfsq")
    assert shipped("app.py") == tmp_path / "rfsq" / "shipped" / "app.py"
