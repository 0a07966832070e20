"""The models that frames can go through: loaded or fitted in a thread of its own, so that nobody's frames wait for it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import torch

from rfsq.app.live_camera.offered import network_of
from rfsq.app.shared.loaded_models import checkpoint_of
from rfsq.evidence.live_frames import LiveModel
from rfsq.machine.devices import pick_device
from rfsq.model.checkpoint import CheckpointError


class ReadyModels:
    """Models by name on one device, each made ready once."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._lock = threading.Lock()
        self._asked: set[str] = set()  # that are made ready, or were
        self._made: set[str] = set()
        self._problems: dict[str, str] = {}  # why one cannot be used, a sentence
        self._thread = ThreadPoolExecutor(1, "live-models")

    def prepare(self, names: Iterable[str]) -> None:
        """Begin to make these ready, in this order. Returns at once."""
        with self._lock:
            for name in names:
                if name not in self._asked:
                    self._asked.add(name)
                    self._thread.submit(self._make, name)

    def find(self, name: str) -> LiveModel | None:
        """The model; None while it is not ready, which it will be. Raises CheckpointError where it cannot be."""
        self.prepare([name])
        with self._lock:
            if (problem := self._problems.get(name)) is not None:
                self._asked.discard(name)  # it is tried again when it is asked for again: its file may come
                del self._problems[name]
                raise CheckpointError(problem)
            if name not in self._made:
                return None
        return self._load(name)

    def _make(self, name: str) -> None:
        try:
            self._load(name)
        except Exception as error:
            known = isinstance(error, CheckpointError)
            with self._lock:
                self._problems[name] = str(error) if known else f"{name} cannot be used here."
            if not known:
                raise
            return
        with self._lock:
            self._made.add(name)

    def _load(self, name: str) -> LiveModel:
        model = checkpoint_of(name, self.device).model
        network = network_of(name)
        return LiveModel(model, model if network == name else checkpoint_of(network, self.device).model)


@cache
def ready_models() -> ReadyModels:
    """The one of this process, on a GPU where there is one."""
    return ReadyModels(pick_device())
