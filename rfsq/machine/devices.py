"""Choosing where to compute."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal, get_args

import torch

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
DEVICE_NAMES: tuple[DeviceName, ...] = get_args(DeviceName)
_THREADS_CHANGE = threading.Lock()


class DeviceError(ValueError):
    """The requested device is not there; the message says so in one sentence."""


def available_devices() -> tuple[str, ...]:
    """The kinds of device on this machine, best first."""
    found = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def pick_device(name: DeviceName = "auto") -> torch.device:
    """`auto` is a GPU when there is one. Raises DeviceError for a device that this machine lacks."""
    if name == "auto":
        return torch.device(available_devices()[0])
    if name not in available_devices():
        raise DeviceError(f"This machine has no {name} device; it has {', '.join(available_devices())}.")
    return torch.device(name)


def describe_device(device: torch.device) -> str:
    """A name for people: "CPU, 2 threads" or the GPU's own name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}" if device.type == "cpu" else device.type.upper()


def synchronize(device: torch.device) -> None:
    """Wait until the device has finished, so that a clock read next means something."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def cpu_threads(count: int) -> Iterator[None]:
    """Compute with `count` CPU threads for a while, in the calling thread alone.

    Threads of torch wait for each other, so one that shares its core with a browser or another viewer holds up all.
    """
    before = torch.get_num_threads()
    _set_threads_here(count)
    try:
        yield
    finally:
        _set_threads_here(before)


def _set_threads_here(count: int) -> None:
    # torch.set_num_threads also sets what threads that start later get: a new thread knows that number and puts it back.
    with _THREADS_CHANGE, ThreadPoolExecutor(1) as other:
        everyone = other.submit(torch.get_num_threads).result()
        torch.set_num_threads(count)
        other.submit(torch.set_num_threads, everyone).result()
