"""Real processes for tests of training on several, and how far a run of theirs has come."""

import json
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from server import free_port

from rfsq.training.state import Progress

PHOTOS = 64


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


def read_progress(out: Path) -> tuple[dict[str, Any], Progress]:
    """Identity and progress of the state in a folder."""
    with safe_open(out / "state.safetensors", "pt") as file:
        metadata = file.metadata()
    return json.loads(metadata["identity"]), Progress(**json.loads(metadata["progress"]))
