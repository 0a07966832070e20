"""Shared by all tests: one thread (the models are tiny), no limit on the time of an example (the machine may be busy)."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from paths import ROOT
from PIL import Image
from smooth import smooth_photo

from rfsq.evidence.model_scores import ModelScores
from rfsq.evidence.results import ModelResults, Results
from rfsq.metrics.intervals import mean_interval
from rfsq.model.config import ModelConfig
from rfsq.model.zoo import ZOO

torch.set_num_threads(1)
settings.register_profile("rfsq", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rfsq")
# With the name of the file where the second half of its tests begins, so that no process works long after the others.
SERVERS = {"app_url": "test_n", "shipped_url": None}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a GPU, skip what needs one. For several processes (`--dist loadgroup`), what takes long begins first, and
    tests that share something costly stay together: those of a file, and across files those of a server (`SERVERS`) with
    the browser that has shown its pages. Tests marked `spread` share nothing."""
    for item in items:
        if item.get_closest_marker("cuda") and not torch.cuda.is_available():
            item.add_marker(pytest.mark.skip(reason="there is no GPU"))
        if item.get_closest_marker("spread") is None:
            servers = [
                f"{name}, second half" if second is not None and item.path.name >= second else name
                for name, second in SERVERS.items()
                if name in getattr(item, "fixturenames", ())
            ]
            item.add_marker(pytest.mark.xdist_group((*servers, str(item.path.relative_to(ROOT / "tests")))[0]))
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("browser", "spread", "slow")])


@pytest.fixture(autouse=True)
def same_random_numbers() -> None:
    """Of torch's own generator, whatever ran before in this process."""
    torch.default_generator.manual_seed(0)


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


@pytest.fixture(scope="session")
def make_results() -> Callable[..., Results]:
    """Makes results of zoo models: name -> PSNR on every photo (a number, or one per photo)."""

    def make(psnr_db: dict[str, float | list[float]], photos: int = 12) -> Results:
        rng = np.random.default_rng(0)
        difficulty = rng.normal(0, 2, photos)
        models = {}
        for name, level in psnr_db.items():
            values = np.array(level) if isinstance(level, list) else level + difficulty + rng.normal(0, 0.05, photos)
            config = ZOO[name]
            count = config.num_stages
            models[name] = ModelResults(
                "0" * 64,
                tuple(_made_up_scores(config, k, values - (count - k), photos) for k in range(1, count + 1)),
                {"psnr_db": tuple(values.tolist()), "l1": tuple((10 ** (-values / 20)).tolist())},
                {"cat": 30.0},
            )
        errors = {
            arithmetic: {name: 0.5 for name in psnr_db if ZOO[name].kind == "fsq" and ZOO[name].conditioning is None}
            for arithmetic in ("float32", "bfloat16")
        }
        return Results(
            "python -m rfsq results --images photos", "photos", photos, "f" * 64, {"cores": 2}, models, errors
        )

    return make


def _made_up_scores(config: ModelConfig, k: int, psnr_db: np.ndarray, photos: int) -> ModelScores:
    quantizer = config.build_quantizer()
    bits = None if quantizer is None else sum(np.log2(quantizer.codebook_sizes[:k]))
    stages = k if quantizer is not None else 0
    steps = tuple(None if config.kind == "vq" else 1.2 / (1 + stage) for stage in range(stages))
    return ModelScores(
        config.name,
        photos,
        k,
        l1=float((10 ** (-psnr_db / 20)).mean()),
        psnr_db=float(psnr_db.mean()),
        ssim=None,
        ms_ssim=None,
        flip=None,
        lpips=None,
        bits_per_token=None if bits is None else float(bits),
        bpp_nominal=None if bits is None else float(bits) / 16,
        bpp_entropy=None if bits is None else float(bits) / 20,
        side_bytes_per_image=0.0 if quantizer is None else 2.0 * k * quantizer.side_values,
        perplexity=(300.0,) * stages,
        usage=(0.9,) * stages,
        entropy_bits=(8.0,) * stages,
        residual_rms=tuple(0.5**stage for stage in range(stages + 1)) if stages else (),
        signal_to_step=steps,
        intervals={"psnr_db": mean_bounds(psnr_db)},
        not_measured={"lpips": "Not measured: no weights here."},
    )


def mean_bounds(values: np.ndarray) -> tuple[float, float]:
    interval = mean_interval(values)
    return interval.low, interval.high


@pytest.fixture()
def usual() -> dict[str, float | list[float]]:
    """PSNR of the models that the findings speak of, about as measured."""
    return {
        "vq-4096": 28.2,
        "lfq-12": 24.8,
        "fsq-8x8x8x8": 27.5,
        "rfsq-2x2048-none": 28.4,
        "rfsq-2x2048-layernorm": 28.8,
        "rfsq-4x1024-none": 29.4,
        "rfsq-4x1024-scale": 30.4,
        "rfsq-4x1024-layernorm": 30.2,
        "rfsq-4x1024-layernorm-global": 30.3,
        "rfsq-4x1024-geometric": 30.4,
        "fsq-40-8x32": 32.1,
        "rfsq-4x1024-grouped": 32.3,
        "rvq-4x1024": 30.4,
        "continuous-5": 30.5,
        "continuous-8": 32.6,
    }
