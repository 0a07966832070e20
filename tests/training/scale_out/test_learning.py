"""Training on several processes: together they learn what one process learns, and a lost one ends the run at once.

Real processes that talk over gloo, forked from a server that has torch loaded.
"""

import csv
import os
import shutil
import signal
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from accelerate.state import AcceleratorState
from several_processes import read_progress, start, together

from rfsq.machine.processes import ProcessError
from rfsq.model.config import ModelConfig
from rfsq.training import loop
from rfsq.training.config import TrainConfig
from rfsq.training.data import PhotoSource
from rfsq.training.loop import train

pytestmark = pytest.mark.slow

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
