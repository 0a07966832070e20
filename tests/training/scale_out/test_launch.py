"""The real `accelerate launch -m rfsq train` on several processes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from several_processes import read_progress

pytestmark = pytest.mark.slow


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
