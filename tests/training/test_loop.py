"""Training: it learns, clips, follows its schedule, and a killed run ends where an uninterrupted one does."""

import csv
import itertools
import multiprocessing
import os
import random
import shutil
import signal
import tarfile
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file
from torch import Tensor

from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.training import loop
from rfsq.training.config import TrainConfig
from rfsq.training.data import DataError, PhotoSource
from rfsq.training.loop import TrainedModel, learning_rate, train
from rfsq.training.run import TrainingError
from rfsq.training.state import StateError

pytestmark = pytest.mark.slow

Tiny = Callable[..., ModelConfig]
RECIPE = TrainConfig(epochs=4, batch_size=4, crop=16, learning_rate=1e-2, precision="fp32")


def run(config: ModelConfig, recipe: TrainConfig, photos: Path, out: Path, **options: Any) -> TrainedModel:
    return train(config, recipe, PhotoSource(photos), out, progress_bar=False, cpu=True, **options)


def log_of(out: Path) -> list[dict[str, str]]:
    with (out / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_crops_that_do_not_fit_the_model_or_the_loss_are_refused(
    tiny: Tiny, photo_folder: Path, tmp_path: Path
) -> None:
    coarse = tiny(stride=16, network="residual")
    with pytest.raises(TrainingError, match="tiny needs crops that are a multiple of 16 pixels, got 24"):
        run(coarse, TrainConfig(), photo_folder, tmp_path)
    with pytest.raises(ValueError, match="SSIM needs at least 11 pixels a side"):
        run(tiny(), TrainConfig(batch_size=4, crop=8, ssim_weight=0.1), photo_folder, tmp_path)


def test_the_residual_network_learns(tiny: Tiny, photo_folder: Path, tmp_path: Path) -> None:
    recipe = TrainConfig(epochs=60, batch_size=4, crop=16, learning_rate=1e-2)
    run(tiny(stride=8, network="residual"), recipe, photo_folder, tmp_path)
    rows = log_of(tmp_path)
    assert float(rows[-1]["psnr_db"]) > float(rows[0]["psnr_db"]) + 3


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "shards"])
def test_the_loss_goes_down(
    packed: bool, tiny: Tiny, photo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = photo_folder
    if packed:
        photos = tmp_path / "train-0000.tar"
        with tarfile.open(photos, "w") as tar:
            for file in sorted(photo_folder.iterdir()):
                tar.add(file, file.name)
    monkeypatch.setattr(loop, "LOG_EVERY", 1)
    recipe = TrainConfig(epochs=20, batch_size=4, crop=16, learning_rate=1e-2)  # bfloat16, as models are trained
    trained = run(tiny(num_stages=2, conditioning="layernorm"), recipe, photos, tmp_path / "out")
    rows = log_of(tmp_path / "out")
    assert trained.steps == len(rows) == 60 and trained.photos_per_epoch == 12
    assert [int(row["step"]) for row in rows] == list(range(1, 61))
    losses, psnr = ([float(row[name]) for row in rows] for name in ("loss", "psnr_db"))
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5]) and psnr[-1] > psnr[0] + 3
    assert {"rms_0", "rms_1", "rms_2", "perplexity_2", "grad_norm", "images_per_second"} <= set(rows[0])
    assert sorted(os.listdir(tmp_path / "out")) == ["log.csv", "samples.png", "state.safetensors"]
    assert not trained.model.training and trained.seconds > 0


def adam_moments(out: Path) -> Tensor:
    """What Adam saw in a run of one step: its first moment is a tenth of the gradient."""
    state = load_file(out / "state.safetensors")
    return 10 * torch.cat([value.flatten() for name, value in state.items() if name.endswith("exp_avg")])


def test_gradients_are_really_clipped(
    tiny: Tiny, photo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rfsq.training.run.reconstruction_loss", lambda recipe, device: lambda x, y: 1e4 * (x - y).abs().mean()
    )
    step = {"epochs": 1, "batch_size": 12, "crop": 16, "precision": "fp32"}
    gradients = {}
    for clip_norm in (1e9, 1.0, 1e-3):
        out = tmp_path / str(clip_norm)
        run(tiny(), TrainConfig(clip_norm=clip_norm, **step), photo_folder, out)  # type: ignore[arg-type]
        gradients[clip_norm] = adam_moments(out)
        assert float(log_of(out)[0]["grad_norm"]) == pytest.approx(float(gradients[1e9].norm()), rel=1e-4)  # unclipped
    assert gradients[1e9].norm() > 100
    for clip_norm in (1.0, 1e-3):
        assert float(gradients[clip_norm].norm()) == pytest.approx(clip_norm, rel=1e-4)
        torch.testing.assert_close(
            gradients[clip_norm] / clip_norm, gradients[1e9] / gradients[1e9].norm(), rtol=1e-3, atol=1e-5
        )


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero() -> None:
    recipe = TrainConfig(learning_rate=0.5, warmup=0.1)
    rates = [learning_rate(step, 100, recipe) for step in range(100)]
    assert rates[:10] == pytest.approx([0.05 * (step + 1) for step in range(10)])
    assert max(rates) == rates[10] == 0.5
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[10:]))
    assert rates[55] == pytest.approx(0.25) and 0 < rates[-1] < 0.001
    for total, warmup in [(1, 0.0), (1, 0.9), (3, 0.99), (2, 0.05)]:
        recipe = TrainConfig(learning_rate=0.5, warmup=warmup)
        assert all(0 < learning_rate(step, total, recipe) <= 0.5 for step in range(total))


def test_the_schedule_is_applied(tiny: Tiny, photo_folder: Path, tmp_path: Path) -> None:
    # Adam's first step is as long as the rate, in every weight that has a gradient
    recipe = TrainConfig(epochs=10, batch_size=12, crop=16, learning_rate=1e-2, warmup=0.5, precision="fp32", seed=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_check_finite", stop_at(1))
        with pytest.raises(KeyboardInterrupt):
            run(tiny(), recipe, photo_folder, tmp_path, save_every=1)
    torch.manual_seed(4)
    start = QuantizedAutoencoder(tiny()).state_dict()
    after = load_file(tmp_path / "state.safetensors")
    longest = max(float((after[f"model.{name}"] - tensor).abs().max()) for name, tensor in start.items())
    assert longest == pytest.approx(learning_rate(0, 10, recipe), rel=1e-3) == pytest.approx(2e-3, rel=1e-3)


def stop_at(step: int) -> Callable[[float, int], None]:
    """A check that interrupts the run after `step` steps."""

    def check(norm: float, now: int) -> None:
        if now > step:
            raise KeyboardInterrupt

    return check


def test_a_finished_run_is_not_trained_further(tiny: Tiny, photo_folder: Path, tmp_path: Path) -> None:
    first = run(tiny(), RECIPE, photo_folder, tmp_path)
    state = (tmp_path / "state.safetensors").read_bytes()
    second = run(tiny(), RECIPE, photo_folder, tmp_path)
    assert (tmp_path / "state.safetensors").read_bytes() == state
    for name, tensor in first.model.state_dict().items():
        assert torch.equal(tensor, second.model.state_dict()[name])


def test_the_state_of_another_config_or_recipe_is_refused(tiny: Tiny, photo_folder: Path, tmp_path: Path) -> None:
    run(tiny(), RECIPE, photo_folder, tmp_path)
    for config, recipe in [(tiny(levels=(4, 4, 5)), RECIPE), (tiny(), TrainConfig(epochs=4, batch_size=4, crop=16))]:
        AcceleratorState._reset_state(reset_partial_state=True)
        with pytest.raises(StateError, match="belongs to a run with another config or recipe"):
            run(config, recipe, photo_folder, tmp_path)


def test_too_few_photos_are_refused(tiny: Tiny, photo_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="12 photos do not fill one batch of 64"):
        run(tiny(), TrainConfig(batch_size=64, precision="fp32"), photo_folder, tmp_path / "out")
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(b"no photo")
    with pytest.raises(DataError, match="No batch of 4 readable photos"):
        run(tiny(), RECIPE, tmp_path, tmp_path / "out")


def test_a_diverged_run_keeps_its_last_good_state(
    tiny: Tiny, photo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([1.0] * 3 + [float("nan")] * 9)
    monkeypatch.setattr(
        "rfsq.training.run.reconstruction_loss", lambda recipe, device: lambda x, y: next(losses) * (x - y).abs().mean()
    )
    with pytest.raises(TrainingError, match="diverged before step 4"):
        run(tiny(), RECIPE, photo_folder, tmp_path, save_every=1)
    state = load_file(tmp_path / "state.safetensors")
    assert all(bool(tensor.isfinite().all()) for tensor in state.values()) and state["optimizer.0.step"] == 3


def test_the_trained_model_computes_in_float32_without_the_trainers_wrappers(
    tiny: Tiny, photo_folder: Path, tmp_path: Path
) -> None:
    recipe = TrainConfig(epochs=1, batch_size=4, crop=16)
    model = run(tiny(), recipe, photo_folder, tmp_path).model
    plain = QuantizedAutoencoder(tiny()).eval()
    plain.load_state_dict(model.state_dict())
    images = torch.rand(1, 3, 16, 16)
    assert torch.equal(model(images).images, plain(images).images)


# --- kill -9 ---------------------------------------------------------------------------------------------------------

KILLED = TrainConfig(epochs=4, batch_size=4, crop=16, learning_rate=1e-2)
KILLED_CONFIG = ModelConfig(
    "tiny", "vq", 3, codebook_size=16, num_stages=2, conditioning="layernorm-global", hidden=(8, 16)
)


def _train_here(photos: Path, out: Path, save_every: int, victim: str, call: int) -> None:
    """Train in a child process, which kills itself at the `call`-th call of os.`victim` (0: never)."""
    torch.set_num_threads(1)
    calls = 0
    real = getattr(os, victim)

    def deadly(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)

    setattr(os, victim, deadly)
    loop.LOG_EVERY = 1
    run(KILLED_CONFIG, KILLED, photos, out, save_every=save_every)


def start(photos: Path, out: Path, save_every: int = 1, victim: str = "replace", call: int = 0) -> ForkServerProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rfsq.training.loop", "torch._dynamo"])  # the optimizer imports the latter, slowly
    process = context.Process(target=_train_here, args=(photos, out, save_every, victim, call))
    process.start()
    return process


@pytest.fixture(scope="module")
def spoilt_photos(photo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photos of which two cannot be read: an epoch has two batches, not the three that its length promises."""
    folder = tmp_path_factory.mktemp("spoilt") / "photos"
    shutil.copytree(photo_folder, folder)
    for name in ("03.png", "07.png"):
        (folder / name).write_bytes(b"no photo")
    return folder


@pytest.fixture(scope="module")
def uninterrupted(spoilt_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    process = start(spoilt_photos, out, save_every=100)
    process.join()
    assert process.exitcode == 0
    return out


def assert_same_end(out: Path, whole: Path) -> None:
    ours, wanted = (load_file(folder / "state.safetensors") for folder in (out, whole))
    assert ours.keys() == wanted.keys()
    for name, tensor in wanted.items():
        assert torch.equal(ours[name], tensor), name
    log, whole_log = log_of(out), log_of(whole)
    assert [int(row["step"]) for row in log] == list(range(1, 13))
    for mine, theirs in zip(log, whole_log, strict=True):
        assert {k: v for k, v in mine.items() if k not in ("seconds", "images_per_second")} == {
            k: v for k, v in theirs.items() if k not in ("seconds", "images_per_second")
        }


@pytest.mark.parametrize(
    ("victim", "call", "save_every"),
    [
        ("fsync", 2, 1),  # while the first state is being written, before it has its name
        ("replace", 4, 1),  # when a later one is whole but not in its place yet
        ("replace", 9, 1),
        ("fsync", 12, 1),
        ("fsync", 3, 5),  # at the sample sheet, after the state
        ("replace", 4, 5),  # steps after the last state are done again
    ],
)
def test_a_run_killed_while_saving_ends_like_an_uninterrupted_one(
    victim: str, call: int, save_every: int, spoilt_photos: Path, uninterrupted: Path, tmp_path: Path
) -> None:
    killed = start(spoilt_photos, tmp_path, save_every, victim, call)
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    resumed = start(spoilt_photos, tmp_path, save_every)
    resumed.join()
    assert resumed.exitcode == 0
    assert_same_end(tmp_path, uninterrupted)


def test_a_run_killed_at_random_moments_ends_like_an_uninterrupted_one(
    spoilt_photos: Path, uninterrupted: Path, tmp_path: Path
) -> None:
    rng, kills, out = random.Random(), 0, tmp_path / "out"
    while True:
        process = start(spoilt_photos, out, save_every=2)
        before = len(log_of(out)) if (out / "log.csv").exists() else 0
        while process.is_alive() and kills < 4:
            if (out / "log.csv").exists() and len(log_of(out)) > before:  # it has begun to train
                time.sleep(rng.uniform(0, 0.03))
                process.kill()
                break
            time.sleep(0.001)
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)
        kills += process.exitcode != 0
        if process.exitcode == 0 and kills:
            break
        if process.exitcode == 0:  # it was faster than this process: begin again
            shutil.rmtree(out)
    assert_same_end(out, uninterrupted)
