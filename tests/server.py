"""A Streamlit server for a test, and waiting for one."""

import itertools
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paths import ROOT

# Below those that systems give to connections: one of them could take the port before its server does.
_PORTS = range(15_000, 32_000)
_next_port = itertools.count(random.SystemRandom().randrange(len(_PORTS)))  # two processes hardly meet


def free_port() -> int:
    """A TCP port of this machine that nothing uses now, another one each time."""
    while True:
        port = _PORTS[next(_next_port) % len(_PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 120) -> None:
    """Wait for Streamlit's health page; fail with the app's own output if it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the app did not start:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def serving(checkpoints: Path, log: Path, *options: str, port: int | None = None) -> Iterator[str]:
    """The app with these checkpoints: the address of its server, which ends with the block, at once. What it prints is in `log`."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--server.address=127.0.0.1", *options],
            cwd=ROOT,
            env={**os.environ, "RFSQ_CHECKPOINTS": str(checkpoints)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_healthy(process, f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()  # told to terminate, it would wait for its viewers
        process.wait()
