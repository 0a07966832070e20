"""Small photos and untrained checkpoints for the commands."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_models import FEW, save_tiny_models

from rfsq.commands.cli import main


def save_photos(folder: Path) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number, (height, width) in enumerate([(32, 48), (33, 47), (32, 48)]):
        pixels = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((width, height)).save(folder / f"{number}.png")
    return folder


@pytest.fixture()
def photos(tmp_path: Path) -> Path:
    return save_photos(tmp_path / "photos")


@pytest.fixture()
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = save_tiny_models(tmp_path / "checkpoints", FEW)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def measured_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same checkpoints with all that `rfsq results` writes beside them for the same photos."""
    folder = tmp_path_factory.mktemp("measured")
    checkpoints = save_tiny_models(folder / "checkpoints", FEW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RFSQ_CHECKPOINTS", str(checkpoints))
        assert main(["results", "--images", str(save_photos(folder / "photos")), "--device", "cpu"]) == 0
    return checkpoints


@pytest.fixture()
def measured(checkpoints: Path, measured_once: Path) -> Path:
    """The folder of `checkpoints`, measured."""
    shutil.copytree(measured_once, checkpoints, dirs_exist_ok=True)
    return checkpoints
