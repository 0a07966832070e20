"""Choosing where to compute."""

from __future__ import annotations

from typing import Literal, get_args

import torch

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
DEVICE_NAMES: tuple[DeviceName, ...] = get_args(DeviceName)


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
    return f"CPU, {torch.get_num_threads()} threads" if device.type == "cpu" else device.type.upper()


def synchronize(device: torch.device) -> None:
    """Wait until the device has finished, so that a clock read next means something."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
