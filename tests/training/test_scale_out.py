"""Training on several processes: together they learn what one process learns, and a lost one ends the run at once.

Real processes that talk over gloo. Most are forked from a server that has torch loaded; the last test runs the real
`accelerate launch -m rfsq train`.
"""

import csv
import http.server
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil
import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from PIL import Image
from safetensors import safe_open
from server import free_port

from rfsq.machine.processes import ProcessError, ProcessGroup
from rfsq.model.config import ModelConfig
from rfsq.training import loop
from rfsq.training.config import TrainConfig
from rfsq.training.data import Batch, PhotoCache, PhotoSource, batches
from rfsq.training.loop import train
from rfsq.training.state import Progress

pytestmark = pytest.mark.slow

PHOTOS = 64
RECIPE = TrainConfig(epochs=6, batch_size=32, crop=16, learning_rate=3e-3, precision="fp32")


def config(kind: Literal["fsq", "lfq", "vq", "continuous"], dim: int, stages: int = 1, **values: Any) -> ModelConfig:
    return ModelConfig("tiny", kind, dim, num_stages=stages, hidden=(8, 16), **values)


CONFIGS = {
    "vq, layernorm-global": config("vq", 3, 2, codebook_size=16, conditioning="layernorm-global"),
    "fsq, scale, stage dropout": config("fsq", 3, 4, levels=(4, 4, 4), conditioning="scale"),
    "fsq, layernorm": config("fsq", 3, 2, levels=(4, 4, 4), conditioning="layernorm"),
    "fsq, geometric": config("fsq", 3, 2, levels=(4, 4, 4), conditioning="geometric"),
    "lfq": config("lfq", 6),
    "continuous": config("continuous", 4),
}
Weights = dict[str, torch.Tensor]


def recipe_of(name: str) -> TrainConfig:
    return TrainConfig(**RECIPE.to_json() | {"stage_dropout": 0.5 if "dropout" in name else 0.0})


@pytest.fixture(autouse=True)
def fresh_accelerate() -> Iterator[None]:
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="module")
def photos(photo: Callable[..., np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos that tell their number: 3 times it is their blue."""
    folder = tmp_path_factory.mktemp("numbered")
    for number in range(PHOTOS):
        pixels = photo(20 + number % 5, 26 - number % 7, number)
        pixels[..., 2] = 3 * number
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture(scope="module")
def shards(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos in five shards, of 13 and 12 photos."""
    folder = tmp_path_factory.mktemp("five")
    for number in range(5):
        with tarfile.open(folder / f"train-{number:04}.tar", "w") as tar:
            for file in sorted(photos.iterdir())[number::5]:
                tar.add(file, file.name)
    return folder


@pytest.fixture(scope="module")
def spoilt(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos and seven more that cannot be read."""
    folder = tmp_path_factory.mktemp("spoilt")
    for file in photos.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    for number in range(0, PHOTOS, 10):
        (folder / f"{number:02}-broken.png").write_bytes(b"no photo")
    return folder


@pytest.fixture(scope="module")
def url(shards: Path) -> Iterator[str]:
    """The shards behind a web server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(shards))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/train-{{0000..0004}}.tar"
        server.shutdown()


# --- processes -------------------------------------------------------------------------------------------------------


def _member(rank: int, size: int, port: int, folder: Path, job: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """One of several processes, with the environment that a launcher gives it."""
    torch.set_num_threads(1)
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "no_proxy": "127.0.0.1",
    }
    torch.save(job(*arguments), folder / f"result-{rank}.pt")


def start(size: int, folder: Path, job: Callable[..., Any], *arguments: Any) -> list[ForkServerProcess]:
    folder.mkdir(exist_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rfsq.training.loop", "torch._dynamo"])  # the optimizer imports the latter, slowly
    port = free_port()
    processes = [
        context.Process(target=_member, args=(rank, size, port, folder, job, arguments)) for rank in range(size)
    ]
    for process in processes:
        process.start()
    return processes


def together(size: int, folder: Path, job: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What `job` returns in each of `size` processes."""
    processes = start(size, folder, job, *arguments)
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * size
    return [torch.load(folder / f"result-{rank}.pt", weights_only=True) for rank in range(size)]


# --- photos ----------------------------------------------------------------------------------------------------------


def _draw(locations: list[str], batch_size: int) -> list[tuple[list[Any], int]]:
    """(images and position of each batch, unreadable photos) of the second epoch at each location."""
    accelerator = Accelerator(cpu=True)
    processes = ProcessGroup(accelerator.process_index, accelerator.num_processes)
    return [drawn(location, batch_size, processes) for location in locations]


def drawn(location: str, batch_size: int, processes: ProcessGroup) -> tuple[list[Any], int]:
    cache, recipe = PhotoCache(), TrainConfig(batch_size=batch_size, crop=16)
    found: list[Batch] = list(batches(PhotoSource(location), cache, recipe, epoch=1, processes=processes))
    return [(batch.images, batch.position) for batch in found], cache.unreadable


@pytest.mark.parametrize(("size", "batch_size"), [(2, 16), (3, 12)])
def test_processes_share_the_photos_of_an_epoch_without_loss_or_repetition(
    size: int, batch_size: int, photos: Path, shards: Path, spoilt: Path, url: str, tmp_path: Path
) -> None:
    locations = [str(photos), str(shards), str(spoilt), url]
    results = together(size, tmp_path, _draw, locations, batch_size)
    for number, location in enumerate(locations):
        alone, unreadable = drawn(location, batch_size, ProcessGroup())
        parts = [result[number][0] for result in results]
        assert [len(part) for part in parts] == [PHOTOS // batch_size] * size == [len(alone)] * size
        for batch, (images, position) in enumerate(alone):  # its parts in a row are what one process would draw
            assert torch.equal(torch.cat([part[batch][0] for part in parts]), images)
            assert {part[batch][1] for part in parts} == {position}
        blue = torch.cat([images[:, 2].mean(dim=(1, 2)) for part in parts for images, _ in part])
        seen = ((blue + 1) * 127.5 / 3).round().int().tolist()
        assert len(set(seen)) == len(seen) == PHOTOS // batch_size * batch_size
        assert {result[number][1] for result in results} == {unreadable}
        assert (unreadable > 0) == (location == str(spoilt))


# --- learning --------------------------------------------------------------------------------------------------------


def _learn(name: str, data: str, out: Path, stop_after: int = 10**9) -> Weights:
    """Train, or break off after a step that was saved; the state of the model in this process."""
    AcceleratorState._reset_state()  # the process group stays
    loop.LOG_EVERY = 1

    def check(norm: float, step: int) -> None:
        if step > stop_after:
            raise KeyboardInterrupt

    loop._check_finite = check
    try:
        trained = train(
            CONFIGS[name], recipe_of(name), PhotoSource(data), out, save_every=1, progress_bar=False, cpu=True
        )
    except KeyboardInterrupt:
        return {}
    return dict(trained.model.state_dict())


def _learn_all(data: str, out: Path) -> dict[str, Weights]:
    return {name: _learn(name, data, out / name) for name in CONFIGS}


@pytest.fixture(scope="module")
def alone(spoilt: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Weights]]:
    """Folder and final models of one process that trained each config."""
    folder = tmp_path_factory.mktemp("alone")
    return folder, together(1, folder, _learn_all, str(spoilt), folder)[0]


@pytest.fixture(scope="module")
def pair(spoilt: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Weights]]]:
    """The same of two processes."""
    folder = tmp_path_factory.mktemp("pair")
    return folder, together(2, folder, _learn_all, str(spoilt), folder)


def curve(out: Path) -> list[dict[str, float]]:
    with (out / "log.csv").open(newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def assert_same_curve(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> None:
    assert [row["step"] for row in ours] == [row["step"] for row in theirs] == list(range(1, 13))
    for mine, other in zip(ours, theirs, strict=True):
        for key in mine.keys() - {"seconds", "images_per_second"}:
            close = 0.5 if key.startswith("perplexity") else 1e-3  # a token between two codes may get the other one
            assert mine[key] == pytest.approx(other[key], abs=close), (key, mine["step"])


def assert_same_model(ours: Weights, theirs: Weights) -> None:
    for key, tensor in theirs.items():
        torch.testing.assert_close(ours[key], tensor, rtol=1e-3, atol=1e-3, msg=key)


@pytest.mark.parametrize("name", CONFIGS)
def test_two_processes_learn_what_one_learns_at_the_same_global_batch(
    name: str, alone: tuple[Path, dict[str, Any]], pair: tuple[Path, list[dict[str, Any]]]
) -> None:
    assert_same_curve(curve(pair[0] / name), curve(alone[0] / name))
    first, second = (result[name] for result in pair[1])
    for key, tensor in first.items():
        assert torch.equal(tensor, second[key]), key  # weights, codebooks and statistics agree to the last bit
    assert_same_model(first, alone[1][name])


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2)])
def test_a_run_goes_on_with_another_number_of_processes(
    before: int, after: int, spoilt: Path, alone: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    name = "vq, layernorm-global"
    together(before, tmp_path, _learn, name, str(spoilt), tmp_path / "out", 7)  # in the middle of the fourth epoch
    _, moved = read_progress(tmp_path / "out")
    assert (moved.step, moved.epoch) == (7, 3) and 32 <= moved.position < 40  # of all processes, broken ones included
    results = together(after, tmp_path, _learn, name, str(spoilt), tmp_path / "out")
    assert_same_curve(curve(tmp_path / "out"), curve(alone[0] / name))
    assert_same_model(results[0], alone[1][name])


def read_progress(out: Path) -> tuple[dict[str, Any], Progress]:
    """Identity and progress of the state in a folder."""
    with safe_open(out / "state.safetensors", "pt") as file:
        metadata = file.metadata()
    return json.loads(metadata["identity"]), Progress(**json.loads(metadata["progress"]))


def _refused(name: str, folders: list[str], out: Path) -> str:
    """Why this process does not train on its own folder."""
    with pytest.raises(ValueError) as error:
        _learn(name, folders[int(os.environ["RANK"])], out)
    return str(error.value)


def test_a_state_that_cannot_be_continued_is_refused_by_all_processes(
    spoilt: Path, alone: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    shutil.copytree(alone[0] / "lfq", tmp_path / "out")
    first, second = together(2, tmp_path, _refused, "continuous", [str(spoilt)] * 2, tmp_path / "out")
    assert first == second and "belongs to a run with another config or recipe" in first


def test_machines_with_different_data_are_refused(photos: Path, spoilt: Path, tmp_path: Path) -> None:
    first, second = together(2, tmp_path, _refused, "lfq", [str(photos), str(spoilt)], tmp_path / "out")
    assert "Process 1 finds 71 photos and 0 shards" in second and "the main process 64 and 0" in second
    assert "Another process of this run has ended" in first


# --- lost processes --------------------------------------------------------------------------------------------------


def _lose(victim: int, data: str, out: Path) -> str:
    """Train; the victim kills itself in its fifth step, the others tell how they end."""
    if int(os.environ["RANK"]) == victim:
        steps = count()
        optimizer_step = torch.optim.Adam.step

        def deadly(*arguments: Any, **options: Any) -> Any:
            if next(steps) == 4:
                os.kill(os.getpid(), signal.SIGKILL)
            return optimizer_step(*arguments, **options)

        torch.optim.Adam.step = deadly
    with pytest.raises(ProcessError) as error:
        _learn("continuous", data, out)
    return str(error.value)


@pytest.mark.parametrize("victim", [0, 1])
def test_the_processes_that_a_killed_one_leaves_behind_stop_by_themselves(
    victim: int, spoilt: Path, alone: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    processes = start(2, tmp_path, _lose, victim, str(spoilt), tmp_path / "out")
    for process in processes:
        process.join(120)  # the library would wait for half an hour
    assert [process.exitcode for process in processes] == ([-9, 0] if victim == 0 else [0, -9])
    message = torch.load(tmp_path / f"result-{1 - victim}.pt", weights_only=True)
    assert message == (
        "Another process of this run has ended, so this one stops too; "
        "the same command continues from the last saved state."
    )
    assert read_progress(tmp_path / "out")[1].step == 4
    results = together(1, tmp_path, _learn, "continuous", str(spoilt), tmp_path / "out")
    assert_same_curve(curve(tmp_path / "out"), curve(alone[0] / "continuous"))
    assert_same_model(results[0], alone[1]["continuous"])


# --- the command line ------------------------------------------------------------------------------------------------


def launch(data: str, out: Path, stderr: Path) -> subprocess.Popen[bytes]:
    """`accelerate launch --cpu` starts one process only; --multi_gpu is its launcher of several, on CPUs too."""
    accelerate = (
        "-m accelerate.commands.accelerate_cli launch --multi_gpu --num_processes 2 --num_machines 1 "
        "--mixed_precision no --dynamo_backend no --main_process_port 0"
    )
    rfsq = (
        "-m rfsq train --cpu --config rfsq-4x1024-scale --stage-dropout 0.5 --photos 64 --epochs 4 --crop 8 "
        "--batch-size 8 --save-every 1"
    )
    command = [sys.executable, *accelerate.split(), *rfsq.split(), "--data", data, "--out", str(out)]
    with stderr.open("wb") as file:
        return subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=os.environ | {"OMP_NUM_THREADS": "1", "no_proxy": "127.0.0.1"},
        )


def worker(launcher: subprocess.Popen[bytes], rank: int) -> psutil.Process:
    return next(
        child
        for child in psutil.Process(launcher.pid).children(recursive=True)
        if child.environ().get("RANK") == str(rank)
    )


def test_a_launched_run_ends_clearly_when_a_worker_is_killed_and_the_same_command_finishes_it(
    url: str, tmp_path: Path
) -> None:
    out, run = tmp_path / "out", tmp_path / "out" / "runs" / "rfsq-4x1024-scale"
    launcher = launch(url, out, tmp_path / "first")
    limit = time.monotonic() + 120
    while not (run / "state.safetensors").exists():
        assert launcher.poll() is None and time.monotonic() < limit, (tmp_path / "first").read_text()
        time.sleep(0.01)
    worker(launcher, 1).kill()
    assert launcher.wait(60) != 0
    said = [line for line in (tmp_path / "first").read_text().splitlines() if line.startswith("rfsq train: ")]
    assert len(said) == 1 and "the same command continues from the last saved state" in said[0]
    identity, progress = read_progress(run)
    assert identity["recipe"]["batch_size"] == 8 and 1 <= progress.step < 32 and progress.position % 8 == 0

    assert launch(url, out, tmp_path / "second").wait(120) == 0, (tmp_path / "second").read_text()
    facts = json.loads((out / "rfsq-4x1024-scale.json").read_text())["training"]
    assert (facts["processes"], facts["steps"], facts["photos_per_epoch"]) == (2, 32, 64)
    assert read_progress(run)[1].step == 32
