"""On a GPU: photos in its memory, and steps that are recorded and replayed learn what steps taken one by one learn."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from rfsq.model.config import ModelConfig
from rfsq.training.config import TrainConfig
from rfsq.training.data import PhotoCache, PhotoSource, batches
from rfsq.training.in_memory import DecodedPhotos, PhotosOnDevice
from rfsq.training.loop import train

pytestmark = pytest.mark.cuda
Tiny = Callable[..., ModelConfig]
RECIPE = TrainConfig(epochs=20, batch_size=4, crop=24, learning_rate=3e-3, precision="fp32")


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolutions in float32 proper, and the same ones each time."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)


def test_crops_on_the_gpu_are_those_from_disk(photo_folder: Path) -> None:
    source, recipe = PhotoSource(photo_folder), TrainConfig(batch_size=5, crop=24)
    memory = PhotosOnDevice(DecodedPhotos(source), torch.device("cuda"))
    pairs = zip(*(batches(source, cache, recipe, epoch=2) for cache in (PhotoCache(), memory)), strict=True)
    for one, other in pairs:
        assert other.images.is_cuda and torch.allclose(other.images.cpu(), one.images, atol=1e-6)


@pytest.mark.parametrize(
    "values",
    [
        {"num_stages": 3, "conditioning": "scale"},
        {"num_stages": 3, "conditioning": "layernorm"},
        {"num_stages": 2, "conditioning": "layernorm-global"},
        {"num_stages": 2, "conditioning": "none", "stride": 8, "network": "residual"},
        {"num_stages": 3, "conditioning": "geometric"},
        {"kind": "lfq", "dim": 6},
        {"kind": "continuous", "dim": 4},
    ],
    ids=str,
)
@pytest.mark.usefixtures("exact")
def test_recorded_steps_learn_what_plain_steps_learn(
    values: dict[str, object], tiny: Tiny, photo_folder: Path, tmp_path: Path
) -> None:
    config = tiny(**values)
    source = PhotoSource(photo_folder)
    weights = []
    for recorded in (False, True):
        cache = PhotosOnDevice(DecodedPhotos(source), torch.device("cuda"))
        trained = train(
            config, RECIPE, source, tmp_path / str(recorded), cache=cache, progress_bar=False, recorded=recorded
        )
        weights.append(torch.cat([weight.flatten() for weight in trained.model.decoder.state_dict().values()]))
    assert trained.steps == 60 and trained.device.startswith("cuda")
    assert (weights[0] - weights[1]).norm() / weights[0].norm() < 0.15  # roundings add up


@pytest.mark.parametrize("recorded", [False, True])
def test_a_perceptual_recipe_with_noise_trains(recorded: bool, tiny: Tiny, photo_folder: Path, tmp_path: Path) -> None:
    config = tiny(kind="continuous", dim=4, stride=8, network="residual")
    recipe = TrainConfig(epochs=10, batch_size=4, crop=24, learning_rate=3e-3, st_lpips_weight=0.1, latent_noise=0.3)
    trained = train(
        config, recipe, PhotoSource(photo_folder), tmp_path, progress_bar=False, recorded=recorded, log_every=5
    )
    assert all(weight.isfinite().all() for weight in trained.model.state_dict().values())
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert float(rows[-1].split(",")[3]) < float(rows[1].split(",")[3])
