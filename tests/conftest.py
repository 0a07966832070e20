"""Shared by all tests: one thread (the models are tiny), no time limit per example (the machine may be busy)."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import settings
from PIL import Image

from rfsq.configs import ModelConfig

torch.set_num_threads(1)
settings.register_profile("rfsq", deadline=None)
settings.load_profile("rfsq")


@pytest.fixture(autouse=True)
def main_module_stays() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as `__main__`, which processes spawned by later tests would then run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def tiny() -> Callable[..., ModelConfig]:
    """Makes a config with 8 and 16 hidden channels: FSQ of 4 levels in 3 channels unless told otherwise."""

    def make(kind: str = "fsq", dim: int = 3, **values: Any) -> ModelConfig:
        if kind == "fsq":
            values.setdefault("levels", (4,) * dim)
        if kind == "vq":
            values.setdefault("codebook_size", 16)
        return ModelConfig(values.pop("name", "tiny"), kind, dim, hidden=(8, 16), **values)

    return make


def smooth_photo(height: int, width: int, seed: int) -> np.ndarray:
    """A colourful picture without hard edges, (H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 16
    frequency, phase = rng.uniform(0.3, 1.5, (2, 3)), rng.uniform(0, 6, 3)
    waves = np.sin(x[..., None] * frequency[0] + y[..., None] * frequency[1] + phase)
    return (127.5 + 120 * waves).round().astype(np.uint8)


@pytest.fixture(scope="session")
def photo() -> Callable[..., np.ndarray]:
    return smooth_photo


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photos of different sizes, all larger than 16 pixels a side."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(12):
        Image.fromarray(smooth_photo(20 + number, 31 - number, number)).save(folder / f"{number:02}.png")
    return folder
