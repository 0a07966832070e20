"""Small photos and untrained checkpoints for the commands."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rfsq.model.checkpoint import save_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO


@pytest.fixture()
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number, (height, width) in enumerate([(32, 48), (33, 47), (32, 48)]):
        pixels = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((width, height)).save(folder / f"{number}.png")
    return folder


@pytest.fixture()
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkpoints"
    for name in ("rfsq-4x1024-layernorm", "vq-4096", "continuous-5"):
        save_checkpoint(QuantizedAutoencoder(ZOO[name]), folder / f"{name}.safetensors", training={})
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(folder))
    return folder
